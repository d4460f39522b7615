//! Functions of Spark's that this engine refuses by name.

/// What each function is about that Spark has and this registry has not.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "sketches",
        &[
            "approx_top_k",
            "approx_top_k_accumulate",
            "approx_top_k_combine",
            "approx_top_k_estimate",
            "count_min_sketch",
            "hll_sketch_agg",
            "hll_sketch_estimate",
            "hll_union",
            "hll_union_agg",
            "kll_merge_agg_bigint",
            "kll_merge_agg_double",
            "kll_merge_agg_float",
            "kll_sketch_agg_bigint",
            "kll_sketch_agg_double",
            "kll_sketch_agg_float",
            "kll_sketch_get_n_bigint",
            "kll_sketch_get_n_double",
            "kll_sketch_get_n_float",
            "kll_sketch_get_quantile_bigint",
            "kll_sketch_get_quantile_double",
            "kll_sketch_get_quantile_float",
            "kll_sketch_get_rank_bigint",
            "kll_sketch_get_rank_double",
            "kll_sketch_get_rank_float",
            "kll_sketch_merge_bigint",
            "kll_sketch_merge_double",
            "kll_sketch_merge_float",
            "kll_sketch_to_string_bigint",
            "kll_sketch_to_string_double",
            "kll_sketch_to_string_float",
            "theta_difference",
            "theta_intersection",
            "theta_intersection_agg",
            "theta_sketch_agg",
            "theta_sketch_estimate",
            "theta_union",
            "theta_union_agg",
            "tuple_difference_double",
            "tuple_difference_integer",
            "tuple_difference_theta_double",
            "tuple_difference_theta_integer",
            "tuple_intersection_agg_double",
            "tuple_intersection_agg_integer",
            "tuple_intersection_double",
            "tuple_intersection_integer",
            "tuple_intersection_theta_double",
            "tuple_intersection_theta_integer",
            "tuple_sketch_agg_double",
            "tuple_sketch_agg_integer",
            "tuple_sketch_estimate_double",
            "tuple_sketch_estimate_integer",
            "tuple_sketch_summary_double",
            "tuple_sketch_summary_integer",
            "tuple_sketch_theta_double",
            "tuple_sketch_theta_integer",
            "tuple_union_agg_double",
            "tuple_union_agg_integer",
            "tuple_union_double",
            "tuple_union_integer",
            "tuple_union_theta_double",
            "tuple_union_theta_integer",
        ],
    ),
    ("Avro", &["from_avro", "schema_of_avro", "to_avro"]),
    ("Protobuf", &["from_protobuf", "to_protobuf"]),
    (
        "XML",
        &[
            "from_xml",
            "schema_of_xml",
            "to_xml",
            "xpath",
            "xpath_boolean",
            "xpath_double",
            "xpath_float",
            "xpath_int",
            "xpath_long",
            "xpath_number",
            "xpath_short",
            "xpath_string",
        ],
    ),
    (
        "variants",
        &[
            "is_valid_variant",
            "is_variant_null",
            "parse_json",
            "schema_of_variant",
            "schema_of_variant_agg",
            "to_variant_object",
            "try_parse_json",
            "try_variant_array_append",
            "try_variant_get",
            "try_variant_insert",
            "try_variant_set",
            "variant_array_append",
            "variant_delete",
            "variant_explode",
            "variant_explode_outer",
            "variant_get",
            "variant_insert",
            "variant_set",
            "variant_strip_nulls",
        ],
    ),
    (
        "calls of Java methods",
        &["java_method", "reflect", "try_reflect"],
    ),
    (
        "geospatial values",
        &[
            "st_asbinary",
            "st_geogfromwkb",
            "st_geomfromwkb",
            "st_setsrid",
            "st_srid",
        ],
    ),
    (
        "vectors",
        &[
            "vector_avg",
            "vector_cosine_similarity",
            "vector_inner_product",
            "vector_l2_distance",
            "vector_norm",
            "vector_normalize",
            "vector_sum",
        ],
    ),
];

/// What a function is about that Spark has and this engine refuses; none for all other names.
pub fn refused(name: &str) -> Option<&'static str> {
    let refused = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let found = REFUSED.iter().find(|(_, names)| refused(names));
    found.map(|(about, _)| *about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find;

    #[test]
    fn no_function_is_both_there_and_refused() {
        for (_, names) in REFUSED {
            for name in *names {
                assert!(find(name).is_none(), "{name}");
            }
        }
        assert_eq!(refused("From_XML"), Some("XML"));
        assert_eq!(refused("upper"), None);
    }
}
