"""The account's other services, as far as scripts for Personalize and Forecast call them: STS, IAM, SSM.

One fixed identity; roles, policies and parameters are kept and returned. Nothing is granted by them: what a
key may do, `presage keys` says.
"""
