"""Moving in: one file declares an account, another account is read into such a file, answers are compared."""
