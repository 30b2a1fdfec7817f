//! Closed lists: units of measure and tax codes. Their numbers are stored and never used again for
//! something else.

use erp_values::closed_list;

closed_list! {
    /// Unit of measure (G-7).
    Uom {
        Ea = 1, "EA", "Piece.";
        Box = 2, "BOX", "Box.";
        Set = 3, "SET", "Set.";
        Roll = 4, "ROLL", "Roll.";
        Kg = 5, "KG", "Kilogram.";
        G = 6, "G", "Gram.";
        L = 7, "L", "Litre.";
        Ml = 8, "ML", "Millilitre.";
        M = 9, "M", "Metre.";
        Cm = 10, "CM", "Centimetre.";
        M2 = 11, "M2", "Square metre.";
        M3 = 12, "M3", "Cubic metre.";
        Hr = 13, "HR", "Hour.";
    }
}

impl Uom {
    /// Its code in UN/ECE Recommendation 20 (for packages, Recommendation 21).
    #[must_use]
    pub const fn unece(self) -> &'static str {
        match self {
            Self::Ea => "C62",
            Self::Box => "XBX",
            Self::Set => "SET",
            Self::Roll => "XRO",
            Self::Kg => "KGM",
            Self::G => "GRM",
            Self::L => "LTR",
            Self::Ml => "MLT",
            Self::M => "MTR",
            Self::Cm => "CMT",
            Self::M2 => "MTK",
            Self::M3 => "MTQ",
            Self::Hr => "HUR",
        }
    }
}

closed_list! {
    /// How a product is taxed.
    TaxCode {
        Taxable = 1, "TAXABLE", "At the standard rate.";
        ZeroRated = 2, "ZERO_RATED", "At zero, with a right to input tax.";
        Exempt = 3, "EXEMPT", "Not at all.";
    }
}
