//! The same report as one page of HTML: no script, nothing fetched, fit to be filed and printed.

use super::headline::Headline;
use super::letter::Letter;
use super::summary::{self, Fingerprints, Weight, documentation_anchor};
use crate::escape;
use crate::reason::{Language, ReasonCode};
use crate::result::{AttestationResult, Outcome};

/// The result as one self-contained page, with what is sent to the applicant in `language`.
pub fn html(result: &AttestationResult, language: Language) -> String {
    let mut page = Page::new();
    let verdict = result.verdict().id();
    page.open("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.open(concat!(
        "<meta http-equiv=\"Content-Security-Policy\" ",
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
        "<meta name=\"referrer\" content=\"no-referrer\">\n",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
    ));
    page.element("title", "", &format!("{}: key attestation", verdict.to_uppercase()));
    page.open("<style>\n").open(include_str!("html.css")).open("</style>\n</head>\n<body>\n");
    let answer = Letter::about(result, language);
    headline(&mut page, result, answer.is_some());
    page.open("<main>\n");
    if let Some(answer) = &answer {
        letter(&mut page, answer);
    }
    definitions(&mut page, &summary::subject(result, Fingerprints::Whole));
    requirements(&mut page, result);
    matters(&mut page, result);
    if let Some(observations) = result.observations() {
        page.element("h2", "", "Seen of the live token, signed by nobody");
        definitions(&mut page, &observations.lines());
    }
    inputs(&mut page, result);
    page.element("h2", "", "What the verdict rests on");
    definitions(&mut page, &summary::provenance(result, Fingerprints::Whole));
    page.open("</main>\n</body>\n</html>\n");
    page.out
}

fn headline(page: &mut Page, result: &AttestationResult, answered: bool) {
    let verdict = result.verdict().id();
    let headline = Headline::of(result, answered);
    // An accept that counts for nothing must not be green.
    let class = match headline.banner {
        Some(_) if verdict == "accept" => "review",
        _ => verdict,
    };
    page.open("<header class=\"").text(class).open("\">\n");
    page.element("h1", "", verdict);
    if let Some(banner) = headline.banner {
        page.element("p", "trust", banner);
    }
    if !headline.causes.is_empty() {
        page.open("<ul>\n");
        for cause in headline.causes {
            page.open("<li>").text(cause.sentence()).open(" ");
            page.link(cause.code()).open("</li>\n");
        }
        if headline.more > 0 {
            page.element("li", "", &format!("and {} more, below", headline.more));
        }
        page.open("</ul>\n");
    }
    page.element("p", "next", &headline.next);
    if let Some(command) = &headline.command {
        page.open("<p>Next: ").element("code", "", command).open("</p>\n");
    }
    page.open("</header>\n");
}

fn letter(page: &mut Page, letter: &Letter) {
    page.element("h2", "", "To the applicant");
    if !letter.hold_for.is_empty() {
        page.open("<p class=\"hold\">Hold it back until this is settled:");
        for code in &letter.hold_for {
            page.open(" ").link(*code);
        }
        page.open("</p>\n");
    }
    page.open("<div class=\"letter\" lang=\"").open(letter.language.tag()).open("\">\n");
    page.element("p", "", letter.opening).open("<ul>\n");
    for paragraph in &letter.paragraphs {
        page.element("li", "", paragraph);
    }
    page.open("</ul>\n</div>\n");
}

fn requirements(page: &mut Page, result: &AttestationResult) {
    page.element("h2", "", "The requirements");
    page.open("<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Outcome</th>");
    page.open("<th scope=\"col\">Requirement</th>");
    page.open("<th scope=\"col\" class=\"clause-column\">Clause</th></tr></thead>\n<tbody>\n");
    for row in summary::rows(result, Fingerprints::Whole) {
        let (mark, class) = match row.outcome {
            Outcome::Satisfied => ("OK", "mark ok"),
            Outcome::Review => ("REVIEW", "mark review"),
            Outcome::Unsatisfied => ("REJECT", "mark reject"),
            Outcome::NotEvaluated => ("--", "mark reject"),
        };
        page.open("<tr>").element("td", class, mark);
        page.open("<th scope=\"row\">").text(row.sentence);
        if let Some(fact) = &row.fact {
            page.element("span", "fact", fact);
        }
        for (words, codes) in [("See ", &row.reasons), ("Notice: ", &row.notices)] {
            if !codes.is_empty() {
                page.open("<span class=\"fact\">").open(words);
                codes.iter().for_each(|code| {
                    page.link(*code).open(" ");
                });
                page.open("</span>");
            }
        }
        page.open("</th>").element("td", "clause clause-column", row.clause).open("</tr>\n");
    }
    page.open("</tbody>\n</table></div>\n");
}

fn matters(page: &mut Page, result: &AttestationResult) {
    let matters = summary::matters(result);
    for (weight, class, heading) in [
        (Weight::Reject, "reject", "What stands against it"),
        (Weight::Review, "review", "What a person must weigh"),
        (Weight::Notice, "notice", "Notices"),
    ] {
        let mut of_weight = matters.iter().filter(|matter| matter.weight == weight).peekable();
        if of_weight.peek().is_some() {
            page.element("h2", "", heading);
        }
        for matter in of_weight {
            let code = matter.reason.code();
            page.open("<article class=\"").text(class).open("\" id=\"").text(&fragment(code));
            page.open("\">\n<h3>");
            page.element("span", "", weight.word()).open(" ").element("code", "", code.code());
            page.open("</h3>\n").element("p", "", matter.reason.sentence());
            let detail = matter.reason.detail();
            if !detail.is_empty() {
                let facts: Vec<_> =
                    detail.iter().map(|(name, value)| (&**name, value.clone())).collect();
                definitions(page, &facts);
            }
            page.element("p", "ask", &matter.reason.hint());
            let place = format!("{}; {}", matter.clauses.join("; "), documentation_anchor(code));
            page.element("p", "small", &place).open("</article>\n");
        }
    }
}

fn inputs(page: &mut Page, result: &AttestationResult) {
    page.element("h2", "", "What was read");
    let inputs = summary::inputs(result, Fingerprints::Whole);
    if inputs.is_empty() {
        page.element("p", "", "Nothing.");
        return;
    }
    page.open("<div class=\"scroll\"><table>\n<thead><tr>");
    for column in ["File", "Holds", "Layers", "Size", "SHA-256"] {
        page.open("<th scope=\"col\">").text(column).open("</th>");
    }
    page.open("</tr></thead>\n<tbody>\n");
    for [name, kind, layers, size, fingerprint] in &inputs {
        page.open("<tr><th scope=\"row\">").text(name).open("</th>");
        for (label, value) in [("Holds", kind), ("Layers", layers), ("Size", size)] {
            page.open("<td data-label=\"").open(label).open("\">").text(value).open("</td>\n");
        }
        page.open("<td data-label=\"SHA-256\">").element("code", "", fingerprint);
        page.open("</td></tr>\n");
    }
    page.open("</tbody>\n</table></div>\n");
}

/// The place of a matter on the page.
fn fragment(code: ReasonCode) -> String {
    code.code().replace('.', "-")
}

fn definitions(page: &mut Page, lines: &[(&str, String)]) {
    page.open("<dl>\n");
    for (name, value) in lines {
        let value = if value.is_empty() { "(empty)" } else { value };
        page.element("dt", "", name).element("dd", "", value);
    }
    page.open("</dl>\n");
}

/// Characters of one value that are shown; the JSON report has the whole.
const MAX_VALUE: usize = 2000;

/// The page so far. Markup is `'static`, so that nothing from evidence can pass for it.
struct Page {
    out: String,
}

impl Page {
    fn new() -> Self {
        Self { out: String::new() }
    }

    /// Markup of our own.
    fn open(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Text of anyone's.
    fn text(&mut self, text: &str) -> &mut Self {
        match text.char_indices().nth(MAX_VALUE) {
            Some((end, _)) => {
                self.out.push_str(&escape::html(text.get(..end).unwrap_or_default()));
                self.out.push_str(" … (cut)");
            }
            None => self.out.push_str(&escape::html(text)),
        }
        self
    }

    /// A code that leads to its matter.
    fn link(&mut self, code: ReasonCode) -> &mut Self {
        self.open("<a href=\"#").text(&fragment(code)).open("\">");
        self.element("code", "", code.code()).open("</a>")
    }

    /// One element that holds text alone.
    fn element(&mut self, name: &'static str, class: &'static str, text: &str) -> &mut Self {
        self.open("<").open(name);
        if !class.is_empty() {
            self.open(" class=\"").open(class).open("\"");
        }
        self.open(">").text(text).open("</").open(name).open(">");
        if !matches!(name, "span" | "code") {
            self.open("\n");
        }
        self
    }
}
