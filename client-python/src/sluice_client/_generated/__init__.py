"""Made by `npm run generate`."""
