package compat.jpa;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.PositiveOrZero;

/** An amount in minor units. */
record Money(@PositiveOrZero long amount, @NotNull @Pattern(regexp = "[A-Z]{3}") String currency) {

    static Money of(Long amount, String currency) {
        return amount == null ? null : new Money(amount, currency);
    }
}
