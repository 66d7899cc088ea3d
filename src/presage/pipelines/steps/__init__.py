"""What tasks do: calls of AWS operations, and the steps of presage's short form."""
