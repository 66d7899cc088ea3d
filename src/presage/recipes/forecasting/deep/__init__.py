"""Networks that learn one model of all series: `CNN-QR` and `Deep_AR_Plus`."""
