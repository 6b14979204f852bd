"""What people say of the suggestions: tables out and in, and the rule that settles them."""
