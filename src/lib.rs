//! coracle: Go source in, a minimal, reproducible OCI image out.

pub mod model;
