// sluice
