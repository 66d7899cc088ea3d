"""Amazon States Language, as its specification has it: pure, a definition and JSON in, JSON out.

Source: https://states-language.net/spec.html, and AWS, "Step Functions Developer Guide".
"""
