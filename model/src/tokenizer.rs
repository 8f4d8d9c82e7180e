//! The BPE tokenizer with its 1,024 added tokens.
