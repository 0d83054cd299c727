//! `exportRows` of any shape: nothing gets lost, and nothing runs.
