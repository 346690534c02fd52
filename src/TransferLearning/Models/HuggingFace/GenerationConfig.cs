namespace TransferLearning;

/// <summary>What a <c>generation_config.json</c> may say, and what of it this library understands.</summary>
internal static class GenerationConfig
{
    private static readonly string[] Wholes =
    [
        "bos_token_id", "decoder_start_token_id", "forced_bos_token_id", "max_length", "max_new_tokens", "min_length", "min_new_tokens",
        "no_repeat_ngram_size", "num_beams",
        "top_k",
    ];

    private static readonly string[] Numbers = ["length_penalty", "repetition_penalty", "temperature", "top_p"];

    private static readonly string[] WholeLists = ["begin_suppress_tokens", "eos_token_id", "forced_eos_token_id", "suppress_tokens"];

    private static readonly string[] ListsOfLists = ["bad_words_ids", "forced_decoder_ids"];

    // What does not change which tokens are written.
    private static readonly HashSet<string> WithoutEffect =
    [
        "_from_model_config", "cache_config", "cache_implementation", "output_attentions", "output_hidden_states", "output_logits",
        "output_scores", "pad_token_id",
        "return_dict_in_generate", "alignment_heads", "is_multilingual", "lang_to_id", "max_initial_timestamp_index",
        "no_timestamps_token_id", "prev_sot_token_id", "return_timestamps", "task_to_id", "transformers_version", "use_cache",
    ];

    // Values that switch a rule off which this library does not have.
    private static readonly Dictionary<string, double> Neutral = new()
    {
        ["diversity_penalty"] = 0,
        ["encoder_no_repeat_ngram_size"] = 0,
        ["encoder_repetition_penalty"] = 1,
        ["epsilon_cutoff"] = 0,
        ["eta_cutoff"] = 0,
        ["guidance_scale"] = 1,
        ["num_beam_groups"] = 1,
        ["num_return_sequences"] = 1,
        ["typical_p"] = 1,
    };

    /// <summary>The keys that are understood.</summary>
    public static IReadOnlyCollection<string> Keys { get; } = new HashSet<string>(
        [.. Wholes, .. Numbers, .. WholeLists, .. ListsOfLists, "do_sample", "early_stopping"]);

    /// <summary>Checks the kind of every value that is understood.</summary>
    /// <exception cref="InvalidDataException">A value is of the wrong kind; the message names file and key.</exception>
    public static void Check(ModelConfig config)
    {
        Array.ForEach(Wholes, key => config.Whole(key, 0));
        Array.ForEach(Numbers, key => config.Number(key, 0));
        Array.ForEach(WholeLists, key => config.Wholes(key));
        Array.ForEach(ListsOfLists, key => config.WholeLists(key));
        _ = config.Flag("do_sample");
        _ = config.IsText("early_stopping") || config.Flag("early_stopping");
    }

    /// <summary>What a file asks for that is not followed, a sentence for each file; usually nothing.</summary>
    public static IEnumerable<string> NotFollowed(ModelConfig config)
    {
        string[] unknown =
        [
            .. config.Keys.Where(key => !Keys.Contains(key) && !WithoutEffect.Contains(key) && config.IsSet(key) && !IsNeutral(config, key))
        ];
        if (unknown.Length > 0)
        {
            yield return $"'{config.Source}' sets {string.Join(", ", unknown)}, which this library does not know and does not follow.";
        }

        if (config.Flag("do_sample") && config.Whole("num_beams", 1) > 1)
        {
            yield return $"'{config.Source}' sets do_sample together with num_beams; beams are followed without sampling.";
        }
    }

    private static bool IsNeutral(ModelConfig config, string key)
        => Neutral.TryGetValue(key, out double off) && config.IsNumber(key) && config.Number(key) == off;
}
