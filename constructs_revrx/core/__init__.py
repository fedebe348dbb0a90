"""What every construct rests on: errors, checked calls, labels, manifests."""
