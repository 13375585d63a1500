//! Powers of two modulo a large odd number (Montgomery, "Modular Multiplication Without Trial
//! Division", 1985). All numbers are public.
//!
//! Whether the modulus of an RSA key is a prime takes one power of its own size, which is most of what a
//! verdict on such a key costs. `num-bigint` takes twice as long for it, and at 8192 bits 3.8 * 10^9
//! instructions, more than a whole submission may cost: it neither squares faster than it multiplies nor
//! knows that the base is 2.

use num_bigint::BigUint;

/// A number modulo an odd one above 1: as its product with R modulo that, where R is 2^64 to the number
/// of limbs. Limbs are little-endian.
pub(super) struct Residue {
    limbs: Vec<u64>,
    modulus: Vec<u64>,
    one: Vec<u64>,
    minus_one: Vec<u64>,
    /// `-modulus^-1` modulo 2^64.
    inverse: u64,
    /// Room for a product.
    wide: Vec<u64>,
}

impl Residue {
    /// `2^exponent` modulo `modulus`.
    pub(super) fn power_of_two(exponent: &BigUint, modulus: &BigUint) -> Self {
        let mut power = Self::one(modulus);
        for bit in (0..exponent.bits()).rev() {
            power.square();
            if exponent.bit(bit) {
                power.double();
            }
        }
        power
    }

    /// Whether it is 1.
    pub(super) fn is_one(&self) -> bool {
        self.limbs == self.one
    }

    /// Whether it is -1.
    pub(super) fn is_minus_one(&self) -> bool {
        self.limbs == self.minus_one
    }

    fn one(number: &BigUint) -> Self {
        let modulus = number.to_u64_digits();
        let limbs = |number: &BigUint| {
            let mut limbs = number.to_u64_digits();
            limbs.resize(modulus.len(), 0);
            limbs
        };
        let one = (BigUint::from(1_u32) << (64 * modulus.len())) % number;
        let (one, minus_one) = (limbs(&one), limbs(&(number - one)));
        let lowest = modulus.first().copied().unwrap_or(1);
        // Newton's iteration: an odd number is its own inverse modulo 8, and each step doubles the bits.
        let inverse = (0..5).fold(lowest, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)))
        });
        let wide = vec![0; 2 * modulus.len()];
        let (limbs, inverse) = (one.clone(), inverse.wrapping_neg());
        Self { limbs, modulus, one, minus_one, inverse, wide }
    }

    /// Squares it.
    pub(super) fn square(&mut self) {
        self.wide.fill(0);
        let (mut rest, mut place) = (self.limbs.as_slice(), self.wide.as_mut_slice());
        // Each product of two different limbs once.
        while let [limb, above @ ..] = rest {
            let row = place.get_mut(1..).unwrap_or_default();
            let carry = add_product(row, *limb, above);
            if let Some(end) = row.get_mut(above.len()) {
                *end = carry;
            }
            place = place.get_mut(2..).unwrap_or_default();
            rest = above;
        }
        // Twice that, and the squares.
        let (pairs, _) = self.wide.as_chunks_mut::<2>();
        let (mut doubled, mut carry) = (0, false);
        for ([low, high], limb) in pairs.iter_mut().zip(&self.limbs) {
            let (low_square, high_square) = limb.carrying_mul(*limb, 0);
            let (twice_low, twice_high) = (*low << 1 | doubled, *high << 1 | *low >> 63);
            doubled = *high >> 63;
            (*low, carry) = twice_low.carrying_add(low_square, carry);
            (*high, carry) = twice_high.carrying_add(high_square, carry);
        }
        self.reduce();
    }

    /// Takes `wide` divided by R for the number, modulo the modulus.
    fn reduce(&mut self) {
        let size = self.modulus.len();
        let mut place = self.wide.as_mut_slice();
        let mut over = false;
        for _ in 0..size {
            let factor = place.first().copied().unwrap_or(0).wrapping_mul(self.inverse);
            let carry = add_product(place, factor, &self.modulus);
            if let Some(next) = place.get_mut(size) {
                (*next, over) = next.carrying_add(carry, over);
            }
            place = place.get_mut(1..).unwrap_or_default();
        }
        self.limbs.copy_from_slice(place);
        self.subtract_if_above(over);
    }

    fn double(&mut self) {
        let mut over = false;
        for limb in &mut self.limbs {
            (*limb, over) = limb.carrying_add(*limb, over);
        }
        self.subtract_if_above(over);
    }

    /// Brings a number below twice the modulus, `over` what of it is above its limbs, below the modulus.
    fn subtract_if_above(&mut self, over: bool) {
        if !over && self.limbs.iter().rev().lt(self.modulus.iter().rev()) {
            return;
        }
        let mut borrow = false;
        for (limb, part) in self.limbs.iter_mut().zip(&self.modulus) {
            (*limb, borrow) = limb.borrowing_sub(*part, borrow);
        }
    }
}

/// Adds `factor * number` to the limbs of as many places; what is carried out of them.
#[inline]
fn add_product(places: &mut [u64], factor: u64, number: &[u64]) -> u64 {
    let places = places.get_mut(..number.len()).unwrap_or_default();
    let (eights, rest) = places.as_chunks_mut::<8>();
    let (number_eights, number_rest) = number.as_chunks::<8>();
    let mut carry = 0;
    // Written out, for without optimisation an iterator costs more than what it yields.
    for ([p0, p1, p2, p3, p4, p5, p6, p7], [n0, n1, n2, n3, n4, n5, n6, n7]) in
        eights.iter_mut().zip(number_eights)
    {
        (*p0, carry) = factor.carrying_mul_add(*n0, *p0, carry);
        (*p1, carry) = factor.carrying_mul_add(*n1, *p1, carry);
        (*p2, carry) = factor.carrying_mul_add(*n2, *p2, carry);
        (*p3, carry) = factor.carrying_mul_add(*n3, *p3, carry);
        (*p4, carry) = factor.carrying_mul_add(*n4, *p4, carry);
        (*p5, carry) = factor.carrying_mul_add(*n5, *p5, carry);
        (*p6, carry) = factor.carrying_mul_add(*n6, *p6, carry);
        (*p7, carry) = factor.carrying_mul_add(*n7, *p7, carry);
    }
    for (place, limb) in rest.iter_mut().zip(number_rest) {
        (*place, carry) = factor.carrying_mul_add(*limb, *place, carry);
    }
    carry
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::Residue;
    use crate::public_key::admission::fixtures::Numbers;

    fn power_of_two(exponent: &BigUint, modulus: &BigUint) -> BigUint {
        let mut power = Residue::power_of_two(exponent, modulus);
        power.wide.fill(0);
        power.wide[..power.limbs.len()].copy_from_slice(&power.limbs);
        power.reduce();
        let octets: Vec<u8> = power.limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigUint::from_bytes_le(&octets)
    }

    #[test]
    fn powers_are_those_of_num_bigint() {
        let two = BigUint::from(2_u32);
        let mut numbers = Numbers(20);
        for bits in [2, 3, 63, 64, 65, 127, 128, 129, 511, 512, 513, 1024, 1100, 3072] {
            for _ in 0..20 {
                let (exponent, modulus) = (numbers.odd(bits), numbers.odd(bits));
                assert_eq!(power_of_two(&exponent, &modulus), two.modpow(&exponent, &modulus));
            }
        }
        // Limbs of all ones and of zeros, where carries go furthest.
        for bits in [64_u32, 128, 576, 1024] {
            let ones = (BigUint::from(1_u32) << bits) - 1_u32;
            let sparse = (BigUint::from(1_u32) << bits) + 1_u32;
            for modulus in [&ones, &sparse, &(&ones - 2_u32)] {
                for exponent in
                    [BigUint::ZERO, BigUint::from(1_u32), &ones - 1_u32, &sparse - 1_u32]
                {
                    assert_eq!(power_of_two(&exponent, modulus), two.modpow(&exponent, modulus));
                }
            }
        }
    }
}
