package compat.jpa;

import java.util.UUID;

import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;

interface Products extends JpaRepository<Product, UUID>, JpaSpecificationExecutor<Product> {
}
