"""What the shop sells: commodities, what is bought together, and when.

Commodity names are spelled as the panel's own, so that the section crosswalk maps them. Weights
and prices are round figures in the order of magnitude of a real grocery panel.
"""

from typing import NamedTuple

BABY, CAT, DOG, SMOKER, DRINKER = 1, 2, 4, 8, 16

FLAG_SHARE = {BABY: 0.12, CAT: 0.25, DOG: 0.3, SMOKER: 0.2, DRINKER: 0.4}
"""Share of households that buy what only such households buy."""


class Commodity(NamedTuple):
    """weight: share of order lines in per mille. price: typical price in cents.

    by_weight: weighed at the till, so no two packs cost the same. peak: day of the year at which
    demand peaks, 0 for none. swing: how much higher than average the peak is. flag: only
    households of this kind buy it. styles: how its sub-commodities are called.
    """

    department: str
    name: str
    weight: float
    price: int
    styles: tuple[str, ...] = ("MAINSTREAM", "PREMIUM", "VALUE", "SPECIALTY")
    by_weight: bool = False
    peak: int = 0
    swing: float = 0.0
    flag: int = 0


_G, _D, _P, _MP, _M = "GROCERY", "DRUG GM", "PRODUCE", "MEAT-PCKGD", "MEAT"
_CUTS = ("FAMILY PACK", "BONELESS", "BONE-IN", "THIN SLICED", "LEAN")
_LOOSE = ("BULK", "BAG", "ORGANIC", "PREMIUM")
_SIZES = ("SINGLE SERVE", "FAMILY SIZE", "MULTI PACK", "LIGHT", "PREMIUM")

COMMODITIES = (
    Commodity(_G, "SOFT DRINKS", 44, 200, _SIZES, peak=185, swing=0.25),
    Commodity(_G, "FLUID MILK PRODUCTS", 33, 209, ("WHITE", "FLAVORED", "SOY", "ORGANIC")),
    Commodity(_G, "BAKED BREAD/BUNS/ROLLS", 31, 169, ("WHITE", "WHEAT", "BUNS", "PREMIUM")),
    Commodity(_G, "CHEESE", 29, 239, ("SHREDDED", "SLICED", "CREAM CHEESE", "CHUNK")),
    Commodity(
        _G,
        "BAG SNACKS",
        26,
        229,
        ("POTATO CHIPS", "TORTILLA CHIPS", "PRETZELS"),
        peak=185,
        swing=0.2,
    ),
    Commodity(_G, "FRZN MEAT/MEAT DINNERS", 22, 249, _SIZES),
    Commodity(_G, "SOUP", 18, 159, ("CONDENSED", "READY TO SERVE", "BROTH"), peak=15, swing=0.6),
    Commodity(_G, "YOGURT", 17, 85, ("CUPS", "MULTI-PACKS", "DRINKS")),
    Commodity(_G, "VEGETABLES - SHELF STABLE", 16, 99, ("BEANS", "CORN", "TOMATOES", "MIXED")),
    Commodity(_G, "FROZEN PIZZA", 16, 329, _SIZES),
    Commodity(_G, "COLD CEREAL", 15, 289, ("KIDS", "ALL FAMILY", "ADULT")),
    Commodity(_D, "CANDY - CHECKLANE", 14, 65, ("BARS", "GUM", "MINTS")),
    Commodity(_P, "TROPICAL FRUIT", 13, 109, ("BANANAS", "PINEAPPLE", "MANGO"), by_weight=True),
    Commodity(_MP, "LUNCHMEAT", 13, 259, ("HAM", "TURKEY", "BOLOGNA", "SALAMI")),
    Commodity(
        _D, "CANDY - PACKAGED", 13, 199, ("CHOCOLATE", "CHEWY", "SEASONAL"), peak=300, swing=0.8
    ),
    Commodity(_G, "REFRGRATD JUICES/DRNKS", 12, 229, _SIZES),
    Commodity(_G, "CRACKERS/MISC BKD FD", 12, 219),
    Commodity(_G, "CANNED JUICES", 11, 239, _SIZES),
    Commodity(_G, "EGGS", 11, 119, ("LARGE", "EXTRA LARGE", "BROWN"), peak=95, swing=0.3),
    Commodity(_G, "BAKED SWEET GOODS", 11, 179),
    Commodity(
        _G,
        "ICE CREAM/MILK/SHERBTS",
        11,
        299,
        ("TRADITIONAL", "PREMIUM", "LIGHT"),
        peak=195,
        swing=0.5,
    ),
    Commodity("DELI", "DELI MEATS", 9.5, 389, ("HAM", "TURKEY", "BEEF"), by_weight=True),
    Commodity(_G, "MEAT - SHELF STABLE", 9.3, 209, ("TUNA", "CHILI", "STEW"), peak=15, swing=0.3),
    Commodity(_G, "HISPANIC", 9.2, 189, ("SALSA", "TORTILLAS", "BEANS", "SHELLS")),
    Commodity(_G, "MILK BY-PRODUCTS", 9.1, 169, ("SOUR CREAM", "COTTAGE CHEESE", "DIPS")),
    Commodity(_G, "FRZN VEGETABLE/VEG DSH", 8.9, 169),
    Commodity(_G, "COOKIES/CONES", 8.7, 239),
    Commodity(_G, "SALD DRSNG/SNDWCH SPRD", 8.5, 219, peak=190, swing=0.25),
    Commodity(
        _G, "CONDIMENTS/SAUCES", 8.2, 179, ("KETCHUP", "MUSTARD", "BBQ SAUCE"), peak=185, swing=0.4
    ),
    Commodity(_G, "CONVENIENT BRKFST/WHLSM SNACKS", 8.2, 229),
    Commodity(_G, "WATER - CARBONATED/FLVRD DRINK", 8.1, 289, _SIZES, peak=200, swing=0.5),
    Commodity(_G, "FRUIT - SHELF STABLE", 8.1, 179),
    Commodity(_G, "DRY BN/VEG/POTATO/RICE", 8, 159),
    Commodity(_P, "VEGETABLES - ALL OTHERS", 7.9, 139, _LOOSE, by_weight=True),
    Commodity(_G, "DINNER MXS:DRY", 7.6, 199, ("MACARONI", "SKILLET", "RICE")),
    Commodity(_D, "BABY FOODS", 7.2, 85, ("BEGINNER", "JUNIOR", "JUICES"), flag=BABY),
    Commodity(_G, "REFRGRATD DOUGH PRODUCTS", 7.2, 199, peak=345, swing=0.5),
    Commodity(_P, "SALAD MIX", 7.1, 259, ("BLENDS", "KITS", "SPINACH"), peak=180, swing=0.3),
    Commodity(
        _G, "BEERS/ALES", 7, 799, ("DOMESTIC", "IMPORT", "LIGHT"), peak=190, swing=0.3, flag=DRINKER
    ),
    Commodity(_P, "ONIONS", 6.8, 119, _LOOSE, by_weight=True),
    Commodity(_G, "BAKING MIXES", 6.8, 159, ("CAKE", "FROSTING", "MUFFIN"), peak=340, swing=0.7),
    Commodity(_M, "BEEF", 18.6, 549, _CUTS, by_weight=True, peak=180, swing=0.2),
    Commodity(_M, "CHICKEN", 6.7, 449, _CUTS, by_weight=True),
    Commodity(_G, "DRY NOODLES/PASTA", 6.5, 119, ("SPAGHETTI", "NOODLES", "SHAPES")),
    Commodity(_P, "POTATOES", 6.2, 279, _LOOSE),
    Commodity(_G, "CAT FOOD", 6.2, 89, ("CANNED", "DRY", "TREATS"), flag=CAT),
    Commodity(_P, "TOMATOES", 6.1, 249, _LOOSE, by_weight=True, peak=200, swing=0.3),
    Commodity(_G, "COFFEE", 5.8, 429, ("GROUND", "BEANS", "INSTANT")),
    Commodity(_G, "PASTA SAUCE", 5.8, 209),
    Commodity(_G, "FD WRAPS/BAGS/TRSH BG", 5.7, 279),
    Commodity(_P, "APPLES", 5.7, 259, _LOOSE, by_weight=True, peak=280, swing=0.4),
    Commodity(_G, "FRZN NOVELTIES/WTR ICE", 5.6, 269, peak=200, swing=0.8),
    Commodity(_G, "MARGARINES", 5.5, 159, ("STICK", "TUB", "LIGHT")),
    Commodity(_M, "PORK", 5.4, 499, _CUTS, by_weight=True),
    Commodity(_G, "BAKING NEEDS", 5.4, 189, ("CHOCOLATE", "EXTRACTS", "NUTS"), peak=345, swing=1.2),
    Commodity(_G, "PWDR/CRYSTL DRNK MX", 5.3, 109, peak=190, swing=0.6),
    Commodity("DELI", "CHEESES", 5.3, 339, by_weight=True),
    Commodity(_G, "BATH TISSUES", 5.2, 429),
    Commodity(_G, "PNT BTR/JELLY/JAMS", 5, 219),
    Commodity(_P, "BERRIES", 5, 299, ("STRAWBERRIES", "BLUEBERRIES", "OTHER"), peak=150, swing=0.9),
    Commodity(_MP, "BREAKFAST SAUSAGE/SANDWICHES", 4.9, 349),
    Commodity(_G, "DOG FOODS", 4.8, 399, ("DRY", "CANNED", "TREATS"), flag=DOG),
    Commodity(_MP, "DINNER SAUSAGE", 4.8, 319),
    Commodity(_G, "SPICES & EXTRACTS", 4.7, 199, peak=340, swing=0.5),
    Commodity(_G, "BEANS - CANNED GLASS & MW", 4.7, 119),
    Commodity(_D, "CIGARETTES", 4.7, 429, ("REGULAR", "LIGHT", "MENTHOL"), flag=SMOKER),
    Commodity(_G, "ISOTONIC DRINKS", 4.6, 119, peak=200, swing=0.6),
    Commodity(_D, "GREETING CARDS/WRAP/PARTY SPLY", 4.5, 259, peak=350, swing=0.6),
    Commodity(_P, "CITRUS", 4.5, 179, _LOOSE, by_weight=True, peak=20, swing=0.5),
    Commodity(_D, "HAIR CARE PRODUCTS", 4.5, 339),
    Commodity(_G, "PAPER HOUSEWARES", 4.5, 229, peak=185, swing=0.4),
    Commodity(_P, "GRAPES", 4.4, 309, ("RED", "WHITE"), by_weight=True, peak=210, swing=0.4),
    Commodity(_MP, "HOT DOGS", 4.4, 289, peak=185, swing=0.8),
    Commodity(_G, "FRZN BREAKFAST FOODS", 4.4, 229),
    Commodity(_MP, "BACON", 4.3, 389),
    Commodity(_G, "SUGARS/SWEETNERS", 4.2, 219, peak=345, swing=0.8),
    Commodity(_MP, "FROZEN MEAT", 4.2, 449),
    Commodity(_G, "DRY MIX DESSERTS", 4.1, 109),
    Commodity(_G, "PAPER TOWELS", 4, 239),
    Commodity(_D, "ORAL HYGIENE PRODUCTS", 4, 299),
    Commodity(_P, "VEGETABLES SALAD", 4, 109, ("CUCUMBERS", "CELERY", "RADISH")),
    Commodity(_D, "MAGAZINE", 4, 349),
    Commodity(_G, "SEAFOOD - SHELF STABLE", 3.8, 249, ("TUNA", "SALMON")),
    Commodity("SALAD BAR", "SALAD BAR", 3.8, 289, by_weight=True),
    Commodity(_G, "FRZN POTATOES", 3.7, 219),
    Commodity(_P, "PEPPERS-ALL", 3.6, 129, _LOOSE, by_weight=True),
    Commodity(_G, "HOUSEHOLD CLEANG NEEDS", 3.6, 339),
    Commodity(_G, "LAUNDRY DETERGENTS", 3.5, 599, ("LIQUID", "POWDER", "HIGH EFFICIENCY")),
    Commodity(_P, "CARROTS", 3.5, 169, _LOOSE),
    Commodity(_G, "SHORTENING/OIL", 3.5, 279),
    Commodity(_G, "WAREHOUSE SNACKS", 3.5, 169),
    Commodity(_G, "FROZEN PIE/DESSERTS", 3.3, 269, peak=330, swing=1.0),
    Commodity("PASTRY", "BREAKFAST SWEETS", 3.3, 209, ("DONUTS", "BAGELS", "MUFFINS")),
    Commodity("DELI", "SALADS/DIPS", 3.2, 319, by_weight=True, peak=185, swing=0.5),
    Commodity("PASTRY", "BREAD", 3.2, 199, ("ITALIAN", "SOURDOUGH", "RYE")),
    Commodity("SEAFOOD-PCKGD", "SEAFOOD - FROZEN", 3.1, 529),
    Commodity(_D, "SOAP - LIQUID & BAR", 2.9, 309),
    Commodity("NUTRITION", "REFRIGERATED", 2.8, 319),
    Commodity(_D, "STATIONERY & SCHOOL SUPPLIES", 2.7, 219, peak=230, swing=1.5),
    Commodity(_G, "PICKLE/RELISH/PKLD VEG", 2.7, 209, peak=185, swing=0.4),
    Commodity(_P, "STONE FRUIT", 2.5, 229, _LOOSE, by_weight=True, peak=205, swing=1.5),
    Commodity(_D, "COLD AND FLU", 2.3, 429, peak=20, swing=0.8),
    Commodity("COSMETICS", "MAKEUP AND TREATMENT", 2.3, 379),
    Commodity(_G, "DISHWASH DETERGENTS", 2.3, 279),
    Commodity("DELI", "CHICKEN/POULTRY", 2.3, 489, ("ROTISSERIE", "FRIED")),
    Commodity(_G, "DOMESTIC WINE", 2.3, 899, ("RED", "WHITE"), peak=350, swing=0.6, flag=DRINKER),
    Commodity(_D, "DIAPERS & DISPOSABLES", 1.8, 899, ("DIAPERS", "WIPES"), flag=BABY),
    Commodity(_D, "INFANT FORMULA", 1.6, 1199, ("POWDER", "READY TO USE"), flag=BABY),
    Commodity(_D, "ANALGESICS", 2.0, 449),
    Commodity(_D, "VITAMINS", 1.5, 599),
    Commodity(_G, "CAT LITTER", 1.5, 449, flag=CAT),
    Commodity(_D, "CHARCOAL AND LIGHTER FLUID", 1.2, 499, peak=185, swing=1.8),
    Commodity(_D, "COOKWARE & BAKEWARE", 1.0, 599, peak=345, swing=0.6),
    Commodity(_D, "CHRISTMAS  SEASONAL", 0.8, 399, peak=350, swing=8.0),
    Commodity(_D, "HALLOWEEN", 0.6, 299, peak=298, swing=9.0),
    Commodity(_D, "SPRING/SUMMER SEASONAL", 0.8, 499, peak=165, swing=2.5),
    Commodity("SPIRITS", "LIQUOR", 1.0, 1299, ("WHISKEY", "VODKA", "RUM"), flag=DRINKER),
    Commodity("FLORAL", "FLORAL-FLOWERING PLANTS", 1.2, 799, peak=125, swing=1.2),
    Commodity("GARDEN CENTER", "LAWN AND GARDEN SHOP", 0.6, 699, peak=130, swing=2.5),
    Commodity("RESTAURANT", "SANDWICHES", 0.8, 449),
)

FUEL_SUB_COMMODITY = "GASOLINE-REG UNLEADED"
FUEL_PRODUCTS = (
    ("KIOSK-GAS", "COUPON/MISC ITEMS"),
    ("MISC SALES TRAN", "COUPON/MISC ITEMS"),
    ("KIOSK-GAS", "FUEL"),
)
"""Department and commodity of the fuel products, most sold first; one is filed under FUEL."""

MISSIONS: dict[str, tuple[float, tuple[str, ...]]] = {
    "breakfast": (
        0.10,
        (
            "FLUID MILK PRODUCTS",
            "COLD CEREAL",
            "EGGS",
            "BACON",
            "COFFEE",
            "REFRGRATD JUICES/DRNKS",
            "BREAKFAST SAUSAGE/SANDWICHES",
            "MARGARINES",
            "BREAKFAST SWEETS",
            "FRZN BREAKFAST FOODS",
        ),
    ),
    "sandwiches": (
        0.10,
        (
            "BAKED BREAD/BUNS/ROLLS",
            "LUNCHMEAT",
            "CHEESE",
            "DELI MEATS",
            "CHEESES",
            "SALD DRSNG/SNDWCH SPRD",
            "BAG SNACKS",
            "PNT BTR/JELLY/JAMS",
        ),
    ),
    "pasta dinner": (
        0.07,
        (
            "DRY NOODLES/PASTA",
            "PASTA SAUCE",
            "BEEF",
            "BREAD",
            "SALAD MIX",
            "ONIONS",
            "TOMATOES",
            "CHEESE",
        ),
    ),
    "taco night": (
        0.06,
        (
            "HISPANIC",
            "BEEF",
            "CHEESE",
            "MILK BY-PRODUCTS",
            "TOMATOES",
            "ONIONS",
            "BEANS - CANNED GLASS & MW",
            "PEPPERS-ALL",
        ),
    ),
    "barbecue": (
        0.06,
        (
            "HOT DOGS",
            "BEEF",
            "CONDIMENTS/SAUCES",
            "CHARCOAL AND LIGHTER FLUID",
            "BAKED BREAD/BUNS/ROLLS",
            "SALADS/DIPS",
            "BEERS/ALES",
            "PAPER HOUSEWARES",
            "PICKLE/RELISH/PKLD VEG",
        ),
    ),
    "baking": (
        0.05,
        (
            "BAKING MIXES",
            "BAKING NEEDS",
            "SUGARS/SWEETNERS",
            "EGGS",
            "MARGARINES",
            "SHORTENING/OIL",
            "SPICES & EXTRACTS",
            "COOKWARE & BAKEWARE",
        ),
    ),
    "fresh": (
        0.10,
        (
            "TROPICAL FRUIT",
            "APPLES",
            "BERRIES",
            "GRAPES",
            "CITRUS",
            "SALAD MIX",
            "VEGETABLES - ALL OTHERS",
            "CARROTS",
            "POTATOES",
            "STONE FRUIT",
            "YOGURT",
        ),
    ),
    "snacks": (
        0.10,
        (
            "SOFT DRINKS",
            "BAG SNACKS",
            "FROZEN PIZZA",
            "CANDY - PACKAGED",
            "ICE CREAM/MILK/SHERBTS",
            "COOKIES/CONES",
            "WAREHOUSE SNACKS",
        ),
    ),
    "cleaning": (
        0.05,
        (
            "LAUNDRY DETERGENTS",
            "HOUSEHOLD CLEANG NEEDS",
            "PAPER TOWELS",
            "BATH TISSUES",
            "DISHWASH DETERGENTS",
            "FD WRAPS/BAGS/TRSH BG",
            "SOAP - LIQUID & BAR",
        ),
    ),
    "frozen": (
        0.06,
        (
            "FRZN MEAT/MEAT DINNERS",
            "FROZEN PIZZA",
            "FRZN VEGETABLE/VEG DSH",
            "FRZN POTATOES",
            "FRZN NOVELTIES/WTR ICE",
            "FROZEN MEAT",
        ),
    ),
}
"""Purpose of a trip: its share of trips, and the commodities it is about."""

COMPANIONS = (
    ("DRY NOODLES/PASTA", "PASTA SAUCE"),
    ("HOT DOGS", "BAKED BREAD/BUNS/ROLLS"),
    ("COLD CEREAL", "FLUID MILK PRODUCTS"),
    ("BAG SNACKS", "HISPANIC"),
    ("PNT BTR/JELLY/JAMS", "BAKED BREAD/BUNS/ROLLS"),
    ("BAKING MIXES", "BAKING NEEDS"),
    ("CAT FOOD", "CAT LITTER"),
    ("BABY FOODS", "DIAPERS & DISPOSABLES"),
    ("SALAD MIX", "SALD DRSNG/SNDWCH SPRD"),
    ("EGGS", "BACON"),
    ("FROZEN PIZZA", "SOFT DRINKS"),
    ("BEERS/ALES", "WAREHOUSE SNACKS"),
)
"""Pairs of commodities: some products of the first pull one product of the second along."""
