"""What the calls do: one file a resource kind, one function a call, named as AWS names it."""
