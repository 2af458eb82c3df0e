"""Files of chat fine-tuning -> conversations, in the dialects that its tools write."""
