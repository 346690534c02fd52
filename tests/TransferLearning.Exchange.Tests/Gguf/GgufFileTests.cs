using System.Buffers.Binary;
using TorchSharp;

namespace TransferLearning.Exchange.Tests;

/// <summary>What stands in files of <c>ExportGguf</c>, and what is refused.</summary>
public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("model.gguf");

    private string Tokenizer => _folder.File("tokenizer");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(GgmlType.F32)]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.Q8)]
    public void Every_weight_is_as_near_as_its_type_allows(GgmlType type)
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "gpt2", new CausalLanguageModeling(), isTied: false);
        GgufExportReport report = model.ExportGguf(File, type);
        GgufContent content = new(System.IO.File.ReadAllBytes(File));
        Dictionary<string, torch.Tensor> state = model.Module.State().ToDictionary();

        Assert.Equal(state.Count, content.Tensors.Count);
        Assert.Equal(state.Count, report.Tensors.Values.Sum());
        Check("transformer.wte.weight", "token_embd.weight", type);
        Check("lm_head.weight", "output.weight", type);
        Check("transformer.wpe.weight", "position_embd.weight", GgmlType.F32);
        Check("transformer.ln_f.bias", "output_norm.bias", GgmlType.F32);
        Check("transformer.h.1.attn.c_attn.weight", "blk.1.attn_qkv.weight", type, isTransposed: true);
        Check("transformer.h.1.attn.c_attn.bias", "blk.1.attn_qkv.bias", GgmlType.F32);
        Check("transformer.h.0.mlp.c_proj.weight", "blk.0.ffn_down.weight", type, isTransposed: true);
        Assert.Equal(type switch { GgmlType.F32 => 0u, GgmlType.F16 => 1u, _ => 7u }, content.Metadata["general.file_type"]);

        void Check(string name, string place, GgmlType stored, bool isTransposed = false)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor weight = (isTransposed ? state[name].t() : state[name]).detach().contiguous();
            (long[] sizes, int number, float[] found) = content.Tensors[place];
            Assert.Equal(weight.shape.Reverse(), sizes);
            Assert.Equal(stored switch { GgmlType.F32 => 0, GgmlType.F16 => 1, _ => 8 }, number);
            float[] expected = weight.data<float>().ToArray();
            for (int start = 0; start < expected.Length; start += 32)
            {
                float[] block = expected[start..Math.Min(start + 32, expected.Length)];
                float largest = block.Max(Math.Abs);
                for (int i = 0; i < block.Length; i++)
                {
                    double bound = stored switch
                    {
                        GgmlType.F32 => 0,
                        GgmlType.F16 => Math.Abs(block[i]) / 2048 + 1e-7,
                        _ => largest / 254 + largest / 2048, // half a step, and the factor in float16
                    };
                    Assert.InRange(Math.Abs(block[i] - found[start + i]), 0, bound);
                }
            }
        }
    }

    [Fact]
    public void Rows_that_are_no_whole_blocks_are_float16()
    {
        TinyGguf.WriteTokenizer(Tokenizer, isRoberta: false);
        ModelConfig config = TinyText.Config("gpt2").With("vocab_size", 300).With("n_embd", 24).With("n_inner", 64);
        using TextModel model = TextModel.Create(config, Tokenizer, new CausalLanguageModeling());

        GgufExportReport report = model.ExportGguf(File, GgmlType.Q8);

        Dictionary<string, string> types = GgufFile.Read(File).Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Type);
        Assert.Equal(("F16", "Q8_0", "F32"), (types["blk.0.ffn_up.weight"], types["blk.0.ffn_down.weight"], types["blk.0.ffn_up.bias"]));
        Assert.Equal(types.Values.Count(type => type == "F16"), report.Tensors[GgmlType.F16]);
    }

    [Fact]
    public void The_tokenizer_and_the_numbers_are_in_the_file()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "bert", new Classification(["no", "perhaps", "yes"]));
        model.ExportGguf(File);
        Dictionary<string, object> metadata = new GgufContent(System.IO.File.ReadAllBytes(File)).Metadata;

        Assert.Equal("bert", metadata["general.architecture"]);
        Assert.Equal((40u, 32u, 2u, false, 4u), (
            metadata["bert.context_length"], metadata["bert.embedding_length"], metadata["bert.block_count"],
            metadata["bert.attention.causal"], metadata["bert.pooling_type"]));
        Assert.Equal(["no", "perhaps", "yes"], (object[])metadata["bert.classifier.output_labels"]);
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁good"], ((object[])metadata["tokenizer.ggml.tokens"])[..6]);
        Assert.Equal(["s", "ly"], ((object[])metadata["tokenizer.ggml.tokens"])[^2..]);
        Assert.Equal([3, 3, 3, 3, 3, 1], ((object[])metadata["tokenizer.ggml.token_type"])[..6]);
        Assert.Equal((2u, 3u, 1u, 0u, 4u, true), (
            metadata["tokenizer.ggml.bos_token_id"], metadata["tokenizer.ggml.eos_token_id"], metadata["tokenizer.ggml.unknown_token_id"],
            metadata["tokenizer.ggml.padding_token_id"], metadata["tokenizer.ggml.mask_token_id"],
            metadata["tokenizer.ggml.normalizer.lowercase"]));
    }

    [Fact]
    public void Rows_beyond_the_tokenizer_are_unused_tokens_and_positions_of_RoBERTa_begin_after_padding()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "roberta", new FeatureExtraction());
        model.ExportGguf(File, GgmlType.F32, TextPooling.Cls);
        GgufContent content = new(System.IO.File.ReadAllBytes(File));

        object[] tokens = (object[])content.Metadata["tokenizer.ggml.tokens"];
        Assert.Equal([$"[PAD{tokens.Length - 1}]", 5], [tokens[^1], ((object[])content.Metadata["tokenizer.ggml.token_type"])[^1]]);
        Assert.Equal("t h", ((object[])content.Metadata["tokenizer.ggml.merges"])[0]);
        Assert.Equal((38u, 2u), (content.Metadata["bert.context_length"], content.Metadata["bert.pooling_type"]));
        Assert.Equal([32, 38], content.Tensors["position_embd.weight"].Sizes);
        torch.Tensor positions = model.Module.State().First(entry => entry.Key.Contains("position_emb", StringComparison.Ordinal)).Value;
        Assert.Equal(positions.detach().data<float>().ToArray()[(2 * 32)..], content.Tensors["position_embd.weight"].Values);
    }

    [Fact]
    public void What_is_left_out_is_reported()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "bert", new MaskedLanguageModeling(), "gelu");

        string notes = string.Join('\n', model.ExportGguf(File).Notes);

        Assert.Contains("cls.predictions.transform.dense.weight", notes, StringComparison.Ordinal);
        Assert.Contains("GELU", notes, StringComparison.Ordinal);
        Assert.Contains("type of a first text", notes, StringComparison.Ordinal);
        Assert.Contains("Korean", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_is_merged_and_the_model_stays_as_it_is()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "gpt2", new CausalLanguageModeling());
        model.ExportGguf(File);
        byte[] plain = System.IO.File.ReadAllBytes(File);
        model.WithLora(4);
        foreach ((string name, torch.Tensor weight) in model.Module.State().Where(entry => AdapterPlan.IsAdapterWeight(entry.Key)))
        {
            using IDisposable guard = torch.no_grad();
            weight.fill_(0.1);
        }

        GgufExportReport report = model.ExportGguf(File);

        byte[] adapted = System.IO.File.ReadAllBytes(File);
        Assert.Contains(report.Notes, note => note.Contains("adapter", StringComparison.Ordinal));
        Assert.Equal(plain.Length, adapted.Length);
        Assert.NotEqual(plain, adapted);
        Assert.True(model.HasLora);
        model.MergeAdapter();
        model.ExportGguf(File);
        Assert.Equal(adapted, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public void A_failure_leaves_the_file_that_was_there()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "gpt2", new CausalLanguageModeling());
        System.IO.File.WriteAllText(File, "old");
        using (torch.no_grad())
        {
            model.Module.State().Single(entry => entry.Key == "transformer.h.1.mlp.c_proj.weight").Value.fill_(1e5);
        }

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => model.ExportGguf(File));

        Assert.Contains("blk.1.ffn_down.weight", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", System.IO.File.ReadAllText(File));
        Assert.Equal([File], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("gpt2", "classes")]
    [InlineData("bert", "tags")]
    [InlineData("bert", "answers")]
    [InlineData("distilbert", "classes")]
    [InlineData("t5", "writes")]
    public void What_llama_cpp_has_no_graph_for_is_refused(string architecture, string purpose)
    {
        LearningTask task = purpose switch
        {
            "classes" => new Classification(3),
            "tags" => new TokenClassification(["O", "B-PER"]),
            "answers" => new QuestionAnswering(),
            _ => new SequenceToSequence(0, 1),
        };
        TinyText.WriteTokenizer(Tokenizer);
        ModelConfig config = architecture == "t5" ? TinyDecoders.T5Config() : TinyText.Config(architecture);
        using TextModel model = TextModel.Create(config, Tokenizer, task);

        NotSupportedException error = Assert.Throws<NotSupportedException>(() => model.ExportGguf(File));

        Assert.Contains("GPT-2 that writes text", error.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void A_head_that_was_put_together_another_function_and_a_choice_of_pooling_for_classes_are_refused()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "bert", new Classification(2));
        Assert.Throws<ArgumentException>(() => model.ExportGguf(File, pooling: TextPooling.Cls));
        model.ReplaceHead(2, head => head.Linear(8).Relu());
        Assert.Throws<NotSupportedException>(() => model.ExportGguf(File));

        using TextModel other = TinyGguf.Model(Tokenizer, "bert", new FeatureExtraction(), "relu");
        Assert.Contains("relu", Assert.Throws<NotSupportedException>(() => other.ExportGguf(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_description_of_a_file_is_read()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "gpt2", new CausalLanguageModeling());
        model.ExportGguf(File, GgmlType.Q8);
        GgufContent content = new(System.IO.File.ReadAllBytes(File));

        GgufFile file = GgufFile.Read(File);

        Assert.Equal(3, file.Version);
        Assert.Equal(content.Metadata.Keys, file.Metadata.Select(entry => entry.Key));
        Assert.Equal("gpt2", file.Metadata[0].Value);
        Assert.Equal((object[])content.Metadata["tokenizer.ggml.tokens"], Values("tokenizer.ggml.tokens", out long tokens), Starts);
        Assert.Equal(((object[])content.Metadata["tokenizer.ggml.tokens"]).Length, tokens);
        Assert.Equal(content.Tensors.Select(entry => (entry.Key, string.Join(' ', entry.Value.Sizes.Reverse()))),
            file.Tensors.Select(tensor => (tensor.Name, string.Join(' ', tensor.Shape))));
        Assert.Equal(new FileInfo(File).Length, (file.Tensors[^1].Offset + file.Tensors[^1].Count * 4 + 31) / 32 * 32);

        IReadOnlyList<object> Values(string key, out long count)
        {
            GgufArray array = (GgufArray)file.Metadata.Single(entry => entry.Key == key).Value;
            count = array.Count;
            return array.First;
        }

        static bool Starts(IEnumerable<object> all, IEnumerable<object> first) => all.Take(8).SequenceEqual(first);
    }

    [Fact]
    public void A_file_that_ends_anywhere_is_refused()
    {
        (byte[] bytes, int header) = Exported();
        for (int length = 0; length < bytes.Length; length += length < header ? 97 : 4096)
        {
            Assert.Throws<CheckpointException>(() => Read(bytes[..length]));
        }
    }

    [Fact]
    public void A_count_that_the_file_cannot_hold_takes_no_memory()
    {
        (byte[] bytes, int header) = Exported();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int refused = 0;
        for (int place = 8; place < header - 8; place += 83)
        {
            foreach (ulong count in new[] { ulong.MaxValue, 1UL << 62, 1UL << 40 })
            {
                byte[] damaged = [.. bytes];
                BinaryPrimitives.WriteUInt64LittleEndian(damaged.AsSpan(place), count);
                refused += IsRefused(damaged) ? 1 : 0;
            }
        }

        Assert.True(refused > 20, $"{refused}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L << 30);
    }

    [Fact]
    public void A_damaged_header_is_read_or_refused_and_nothing_else()
    {
        (byte[] bytes, int header) = Exported();
        SeededRandom random = new(7);
        for (int i = 0; i < 100; i++)
        {
            byte[] damaged = bytes[..Math.Min(bytes.Length, header + 64)];
            for (int flips = 0; flips < 3; flips++)
            {
                damaged[random.NextInt32(header)] = (byte)random.NextInt32(256);
            }

            IsRefused(damaged);
        }
    }

    [Fact]
    public void Names_that_are_there_twice_lists_in_lists_without_end_and_other_versions_are_refused()
    {
        Assert.Equal(CheckpointErrorKind.NotACheckpoint, Refusal(writer => writer.Write(new byte[64])));
        Assert.Equal(CheckpointErrorKind.BadHeader, Refusal(writer => Start(writer, version: 1)));
        Assert.Equal(CheckpointErrorKind.BadHeader, Refusal(writer => Start(writer, version: 3 << 24)));
        Assert.Equal(CheckpointErrorKind.DuplicateEntry, Refusal(writer =>
        {
            Start(writer, pairs: 2);
            Pair(writer, "a", 7);
            writer.Write(true);
            Pair(writer, "a", 7);
            writer.Write(true);
        }));
        Assert.Equal(CheckpointErrorKind.TooDeep, Refusal(writer =>
        {
            Start(writer, pairs: 1);
            Pair(writer, "a", 9);
            for (int i = 0; i < 50; i++)
            {
                writer.Write(9);
                writer.Write(1L);
            }
        }));
        Assert.Equal(CheckpointErrorKind.BadDtype, Refusal(writer =>
        {
            Start(writer, pairs: 1);
            Pair(writer, "a", 99);
        }));
        Assert.Equal(CheckpointErrorKind.BadHeader, Refusal(writer =>
        {
            Start(writer, pairs: 1);
            Pair(writer, "general.alignment", 4);
            writer.Write(0);
        }));

        static void Start(BinaryWriter writer, int version = 3, long pairs = 0)
        {
            writer.Write("GGUF"u8);
            writer.Write(version);
            writer.Write(0L);
            writer.Write(pairs);
        }

        static void Pair(BinaryWriter writer, string key, int type)
        {
            writer.Write((long)key.Length);
            writer.Write(System.Text.Encoding.ASCII.GetBytes(key));
            writer.Write(type);
        }
    }

    private CheckpointErrorKind Refusal(Action<BinaryWriter> write)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        write(writer);
        writer.Write(new byte[64]);
        return Assert.Throws<CheckpointException>(() => Read(stream.ToArray())).Kind;
    }

    private (byte[] Bytes, int Header) Exported()
    {
        using TextModel model = TinyGguf.Model(Tokenizer, "bert", new FeatureExtraction());
        model.ExportGguf(File, GgmlType.F32);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        return (bytes, (int)new GgufContent(bytes).HeaderBytes);
    }

    private bool IsRefused(byte[] bytes)
    {
        try
        {
            Read(bytes);
            return false;
        }
        catch (CheckpointException)
        {
            return true;
        }
    }

    private GgufFile Read(byte[] bytes)
    {
        string path = _folder.File("damaged.gguf");
        System.IO.File.WriteAllBytes(path, bytes);
        return GgufFile.Read(path);
    }
}
