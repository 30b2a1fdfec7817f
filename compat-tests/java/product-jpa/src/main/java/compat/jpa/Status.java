package compat.jpa;

/** Where a product stands. */
enum Status implements Coded {
    DRAFT, ACTIVE, DISCONTINUED, DELETED;

    @Override
    public short code() {
        return (short) (ordinal() + 1);
    }

    @jakarta.persistence.Converter(autoApply = true)
    static class Kept extends Coded.Converter<Status> {
        Kept() {
            super(Status.class);
        }
    }
}
