module compat/parsers

go 1.19
