"""What the service does under fire, and an oracle that knows what it should have done."""
