"""The console: people's pages below /console. A page acts through the operations that the API calls."""
