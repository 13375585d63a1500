#!/bin/sh
# rustdoc that also looks at why an example does not compile: stable toolchains pass over the codes
# after compile_fail.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
