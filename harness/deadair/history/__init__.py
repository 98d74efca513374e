"""What happened, in one order, with one clock, each row with who made it. Knows no rule and no fault."""
