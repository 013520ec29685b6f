"""Programs taken elsewhere, one module a medium; methods of ``Program`` call them."""
