namespace TransferLearning;

/// <summary>A network as llama.cpp knows it: its architecture, its numbers, and where each of its weights goes.</summary>
/// <param name="Architecture">llama.cpp's name of the architecture.</param>
/// <param name="Numbers">Sizes and settings, under their keys.</param>
/// <param name="Place">Where a weight goes by its name here; null for one that llama.cpp has no use for.</param>
internal sealed record GgufNetwork(
    string Architecture, IReadOnlyList<KeyValuePair<string, object>> Numbers, Func<string, GgufPlace?> Place)
{
    private const uint MeanPooling = 1;
    private const uint ClsPooling = 2;
    private const uint Ranking = 4;

    private static readonly Dictionary<LayerPart, string> EncoderParts = new()
    {
        [LayerPart.Query] = "attn_q",
        [LayerPart.Key] = "attn_k",
        [LayerPart.Value] = "attn_v",
        [LayerPart.Output] = "attn_output",
        [LayerPart.Norm] = "attn_output_norm",
        [LayerPart.First] = "ffn_up",
        [LayerPart.Second] = "ffn_down",
        [LayerPart.LastNorm] = "layer_output_norm",
    };

    private static readonly Dictionary<string, string> Gpt2Parts = new()
    {
        ["ln_1"] = "attn_norm",
        ["attn.c_attn"] = "attn_qkv",
        ["attn.c_proj"] = "attn_output",
        ["ln_2"] = "ffn_norm",
        ["mlp.c_fc"] = "ffn_up",
        ["mlp.c_proj"] = "ffn_down",
    };

    private static readonly Dictionary<string, string> Gpt2Names = new()
    {
        ["transformer.wte"] = "token_embd",
        ["transformer.wpe"] = "position_embd",
        ["transformer.ln_f"] = "output_norm",
        ["lm_head"] = "output",
    };

    /// <summary>Finds what llama.cpp has for a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="task">What it is for.</param>
    /// <param name="pooling">How the vectors of tokens become one; null for the usual: classes where it has them, the mean of an encoder,
    /// none of GPT-2.</param>
    /// <exception cref="NotSupportedException">llama.cpp has no graph for it; the message says for what it has one.</exception>
    public static GgufNetwork Of(TextNetwork network, LearningTask task, TextPooling? pooling)
    {
        uint? pools = pooling switch { null => null, TextPooling.Mean => MeanPooling, _ => ClsPooling };
        switch (network)
        {
            case Gpt2Network { HeadKind: HeadKind.Vocabulary or HeadKind.None }:
                return OfGpt2(network, pools ?? 0);
            case EncoderNetwork { HeadKind: HeadKind.None or HeadKind.Vocabulary } encoder:
                return OfEncoder(encoder, pools ?? MeanPooling, []);
            case EncoderNetwork { HeadKind: HeadKind.Pooled } encoder when HasClasses(encoder):
                return pooling is null
                    ? OfEncoder(encoder, Ranking, (task as ClassTask)?.ClassNames ?? [])
                    : throw new ArgumentException(
                        $"The head of {network.GetName()} sees the first token's vector; leave {nameof(pooling)} out.", nameof(pooling));
            default:
                throw new NotSupportedException(
                    $"{network.GetName()} for {task.Name} cannot be written for llama.cpp. It has graphs for GPT-2 that writes text; for "
                        + "the vectors of BERT, RoBERTa and DistilBERT, with the head of a masked language model left out; and for "
                        + "classes, labels and numbers of BERT and RoBERTa with the head that they come with. "
                        + "model.For(new FeatureExtraction()) leaves a head out; ExportOnnx writes other networks.");
        }
    }

    private static bool HasClasses(EncoderNetwork network)
    {
        string[] expected = network.Layout.HasPooler
            ? ["classifier.weight", "classifier.bias"]
            : ["classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight", "classifier.out_proj.bias"];
        return network.Layout.HasTypes && network.State().Select(entry => entry.Key)
            .Where(name => !name.StartsWith(network.BackbonePrefix, StringComparison.Ordinal) && !AdapterPlan.IsAdapterWeight(name))
            .ToHashSet().SetEquals(expected);
    }

    private static GgufNetwork OfGpt2(TextNetwork network, uint pooling)
    {
        ModelConfig config = network.Config;
        RequireGelu(network, config.Text("activation_function", "gelu_new"));
        int width = network.FeatureCount;
        return new GgufNetwork("gpt2", Under("gpt2",
            ("context_length", (uint)config.Whole("n_positions", 1024)), ("embedding_length", (uint)width),
            ("feed_forward_length", (uint)config.Size("n_inner", 4 * width)), ("block_count", (uint)config.Size("n_layer", 12)),
            ("attention.head_count", (uint)config.Heads("n_head", width, 12)),
            ("attention.layer_norm_epsilon", (float)config.Number("layer_norm_epsilon", 1e-5)), ("pooling_type", pooling)), PlaceOf);

        static GgufPlace? PlaceOf(string name)
        {
            (string module, string member) = Divided(name);
            if (Gpt2Names.TryGetValue(module, out string? place))
            {
                return new GgufPlace(place + member);
            }

            return Layer(module, "transformer.h.") is var (number, part) && Gpt2Parts.TryGetValue(part, out place)
                ? new GgufPlace($"blk.{number}.{place}{member}", IsTransposed: true)
                : null;
        }
    }

    private static GgufNetwork OfEncoder(EncoderNetwork network, uint pooling, IReadOnlyList<string> classes)
    {
        (ModelConfig config, EncoderLayout layout, int width) = (network.Config, network.Layout, network.FeatureCount);
        RequireGelu(network, config.Text(layout.Keys.Activation, "gelu"));
        List<(string, object)> numbers =
        [
            ("context_length", (uint)(config.Size("max_position_embeddings", 512) - network.FirstPosition)),
            ("embedding_length", (uint)width), ("feed_forward_length", (uint)config.Size(layout.Keys.Inner, 3072)),
            ("block_count", (uint)config.Size(layout.Keys.Layers, layout.DefaultLayers)),
            ("attention.head_count", (uint)config.Heads(layout.Keys.Heads, width, 12)),
            ("attention.layer_norm_epsilon", (float)network.Epsilon), ("attention.causal", false), ("pooling_type", pooling),
        ];
        if (classes.Count > 0)
        {
            numbers.Add(("classifier.output_labels", classes));
        }

        KeyValuePair<string, object> types = new(
            "tokenizer.ggml.token_type_count", (uint)(layout.HasTypes ? config.Size("type_vocab_size", 2) : 1));
        return new GgufNetwork("bert", [.. Under("bert", [.. numbers]), types], PlaceOf);

        GgufPlace? PlaceOf(string name)
        {
            (string module, string member) = Divided(name);
            bool isBackbone = module.StartsWith(network.BackbonePrefix, StringComparison.Ordinal);
            string own = isBackbone ? module[network.BackbonePrefix.Length..] : module;
            string? place = (own, pooling == Ranking) switch
            {
                ("embeddings.word_embeddings", _) => "token_embd",
                ("embeddings.position_embeddings", _) => "position_embd",
                ("embeddings.token_type_embeddings", _) => "token_types",
                ("embeddings.LayerNorm", _) => "token_embd_norm",
                ("pooler.dense" or "classifier.dense", true) => "cls",
                ("classifier" or "classifier.out_proj", true) => "cls.output",
                _ => Layer(own, $"{layout.Layers}.") is var (number, part)
                    && layout.Layer.FirstOrDefault(entry => entry.Name == part) is { Name: not null } found
                    ? $"blk.{number}.{EncoderParts[found.Part]}"
                    : null,
            };
            return place is null ? null : new GgufPlace(place + member, FirstRow: place == "position_embd" ? network.FirstPosition : 0);
        }
    }

    private static void RequireGelu(TextNetwork network, string activation)
    {
        if (activation is not ("gelu" or "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh"))
        {
            throw new NotSupportedException(
                $"{network.GetName()} cannot be written for llama.cpp: its graph computes GELU, and config.json says '{activation}'.");
        }
    }

    private static KeyValuePair<string, object>[] Under(string architecture, params (string Key, object Value)[] numbers)
        => Array.ConvertAll(numbers, number => KeyValuePair.Create($"{architecture}.{number.Key}", number.Value));

    private static (string Module, string Member) Divided(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot < 0 ? ("", name) : (name[..dot], name[dot..]);
    }

    private static (string Number, string Part)? Layer(string module, string prefix)
    {
        int dot = module.StartsWith(prefix, StringComparison.Ordinal) ? module.IndexOf('.', prefix.Length) : -1;
        return dot < 0 ? null : (module[prefix.Length..dot], module[(dot + 1)..]);
    }
}
