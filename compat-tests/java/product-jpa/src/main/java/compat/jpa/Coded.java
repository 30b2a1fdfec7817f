package compat.jpa;

import jakarta.persistence.AttributeConverter;

/** A value that is kept as a small number. */
interface Coded {

    short code();

    /** Between a closed list and its numbers. */
    abstract class Converter<E extends Enum<E> & Coded> implements AttributeConverter<E, Short> {

        private final E[] byCode;

        @SuppressWarnings("unchecked")
        Converter(Class<E> type) {
            E[] all = type.getEnumConstants();
            int most = 0;
            for (E one : all) {
                most = Math.max(most, one.code());
            }
            byCode = (E[]) java.lang.reflect.Array.newInstance(type, most + 1);
            for (E one : all) {
                byCode[one.code()] = one;
            }
        }

        @Override
        public Short convertToDatabaseColumn(E value) {
            return value == null ? null : value.code();
        }

        @Override
        public E convertToEntityAttribute(Short code) {
            return code == null ? null : byCode[code];
        }
    }
}
