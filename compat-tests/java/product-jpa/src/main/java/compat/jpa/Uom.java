package compat.jpa;

/** Unit of measure. */
enum Uom implements Coded {
    EA, BOX, SET, ROLL, KG, G, L, ML, M, CM, M2, M3, HR;

    @Override
    public short code() {
        return (short) (ordinal() + 1);
    }

    @jakarta.persistence.Converter(autoApply = true)
    static class Kept extends Coded.Converter<Uom> {
        Kept() {
            super(Uom.class);
        }
    }
}
