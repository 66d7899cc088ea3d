"""Rank and Reward, as the retired Azure Personalizer had them: a second door to campaigns with `hashing`."""
