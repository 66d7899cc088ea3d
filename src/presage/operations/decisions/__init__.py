"""Offer campaigns: presage's own calls, in REST beside the AWS ones."""
