package compat.jpa;

import org.springframework.data.jpa.repository.JpaRepository;

interface PriceHistories extends JpaRepository<PriceHistory, PriceHistory.Key> {
}
