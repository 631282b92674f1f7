"""Order and recording: pull, read, apply and record, without a decision about tickets."""
