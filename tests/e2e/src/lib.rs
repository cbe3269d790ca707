//! The running system, seen from outside.
