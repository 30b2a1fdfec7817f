package compat.jpa;

/** How a product is taxed. */
enum TaxCode implements Coded {
    TAXABLE, ZERO_RATED, EXEMPT;

    @Override
    public short code() {
        return (short) (ordinal() + 1);
    }

    @jakarta.persistence.Converter(autoApply = true)
    static class Kept extends Coded.Converter<TaxCode> {
        Kept() {
            super(TaxCode.class);
        }
    }
}
