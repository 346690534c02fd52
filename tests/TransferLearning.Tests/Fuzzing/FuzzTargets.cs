using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using TransferLearning.Keras;
using TransferLearning.Wikipedia;

namespace TransferLearning.Tests;

/// <summary>Every parser that reads files from outside.</summary>
internal static class FuzzTargets
{
    private const string WordPieceJson = """
        {"version": "1.0", "added_tokens": [{"id": 0, "content": "[PAD]", "special": true}, {"id": 1, "content": "[UNK]", "special": true},
         {"id": 2, "content": "[CLS]", "special": true}, {"id": 3, "content": "[SEP]", "special": true}],
         "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
          {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
          {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
          "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
          "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "the": 4, "cafe": 5, "hel": 6, "##lo": 7, "!": 8}}}
        """;

    private const string UnigramJson = """
        {"version": "1.0", "added_tokens": [{"id": 0, "content": "<unk>", "special": true}, {"id": 1, "content": "</s>", "special": true}],
         "normalizer": null, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
         "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
          "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}},
          {"SpecialToken": {"id": "</s>", "type_id": 0}}], "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
         "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["</s>", 0.0], ["▁", -2.0], ["▁he", -3.0], ["llo", -3.5], ["l", -5.0], ["o", -5.0]]}}
        """;

    private const string Squad = """
        {"version": "1.1", "data": [{"title": "Bees", "paragraphs": [{"context": "A bee makes honey.", "qas": [
         {"id": "1", "question": "What does it make?", "answers": [{"text": "honey", "answer_start": 12}]},
         {"id": "2", "question": "Why?", "is_impossible": true, "answers": []}]}]}]}
        """;

    private static readonly TarEntryFormat[] TarFormats = [TarEntryFormat.Pax, TarEntryFormat.Gnu, TarEntryFormat.Ustar];
    private static readonly CompressionLevel[] ZipLevels = [CompressionLevel.NoCompression, CompressionLevel.Optimal];
    private static readonly string[] ZipNames = ["cats/1.jpg", "cats/2.jpg", "dogs/", "dogs/ü.png"];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("torch zip", "a.pth", TorchZips, Checkpoint, typeof(CheckpointException)),
        new("pickle", "a.pth", _ => Fixtures("Parity/checkpoints/good", "legacy_*.pth", 4000), Checkpoint, typeof(CheckpointException)),
        new("safetensors", "a.safetensors", SafeTensors, Checkpoint, typeof(CheckpointException)),
        new("shard index", "model.safetensors.index.json", ShardIndex, Checkpoint, typeof(CheckpointException)),
        new(
            "saved model",
            "a.tl",
            SavedModel,
            path => ModelFile.Open(path, mapFile: false).State.Dispose(),
            typeof(CheckpointException),
            typeof(InvalidDataException)),
        new("HDF5", "a.h5", _ => Fixtures("Keras", "small_*.h5", 40_000), Keras, typeof(CheckpointException)),
        new("TensorFlow.js", "model.json", TensorFlowJs, Keras, typeof(CheckpointException)),
        new(
            "JPEG",
            "a.jpg",
            _ => [.. Fixtures("Parity/images", "*.jpg", 20_000), .. Fixtures("Parity/images/exif", "*.jpg", 20_000)],
            Image,
            typeof(MediaException)),
        new("PNG", "a.png", _ => Fixtures("Parity/images", "*.png", 20_000), Image, typeof(MediaException)),
        new("tokenizer.json", "tokenizer.json", _ => Texts(WordPieceJson, UnigramJson), Tokenizer, typeof(TokenizerException)),
        new("SentencePiece", "spiece.model", SentencePiece, Tokenizer, typeof(TokenizerException)),
        new("merges", "merges.txt", Merges, Tokenizer, typeof(TokenizerException)),
        new(
            "CSV",
            "a.csv",
            _ => Texts("text,label\nHello,pos\n\"a, \"\"b\"\"\nc\",neg\nthe,pos\n"),
            path => Samples(TextFile.Open(path)),
            typeof(DatasetException)),
        new("JSON lines", "a.jsonl", _ => Texts("{\"text\": \"Hello\", \"label\": \"pos\"}\n{\"text\": \"a\\u00fc\", \"label\": "
            + "\"neg\"}\n"),
            path => Samples(TextFile.Open(path)), typeof(DatasetException)),
        new("CoNLL", "a.conll", _ => Texts("-DOCSTART- -X- O O\n\nBees NNS B-NP B-ORG\nsting VBP B-VP O\n\nRome NNP B-NP B-LOC\n"),
            path => Samples(ConllFile.Open(path)), typeof(DatasetException)),
        new("SQuAD", "a.json", _ => Texts(Squad), path => Samples(SquadFile.Open(path)), typeof(DatasetException)),
        new("tar", "a.tar", Tar, path => Samples(TarShards.Open(path)), typeof(DatasetException)) { Repair = RepairTar },
        new("image zip", "a.zip", Zips, path => Samples(ImageFolder.Open(path)), typeof(DatasetException)),
        new(
            "wikitext",
            "a.xml",
            _ => Fixtures("Text", "small_dump.xml", 40_000),
            path => WikipediaDump.Open(path).Texts().Count(),
            typeof(DatasetException)),
        new(
            "wikitext bzip2",
            "a.xml.bz2",
            _ => Fixtures("Text", "small_dump.xml.bz2", 40_000),
            path => WikipediaDump.Open(path).Texts().Count(),
            typeof(DatasetException)),
        new("run checkpoint", "step-000000000003.safetensors", RunCheckpoint, path => RunFolder.Read(path).Dispose(),
            typeof(CheckpointException), typeof(InvalidDataException), typeof(NotSupportedException)),
        new("feature cache", "a.features", Features, path => FeatureFile.Open(path, 42, _ => true).Dispose(), typeof(InvalidDataException)),
        new("config.json", "config.json", _ => Texts("""{"model_type": "bert", "hidden_size": 8, "num_labels": 2, "id2label": {"0": "a", "1": "b"}, "hidden_act": "gelu", "x": [1, 2.5, null]}"""),
            Config, typeof(InvalidDataException)),
    ];

    private static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static IReadOnlyList<byte[]> Fixtures(string folder, string pattern, int largest)
        => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", folder), pattern)
            .Order(StringComparer.Ordinal).Where(file => new FileInfo(file).Length <= largest).Select(File.ReadAllBytes)];

    private static byte[] Saved(string name, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using StateDict state = StateDict.FromTensors(
            [
                new("a.weight", torch.arange(6).reshape(2, 3).to(torch.float32)),
                new("a.bias", torch.ones(2)),
                new("n", torch.tensor(3L)),
            ], metadata);
        state.Save(folder.File(name));
        return File.ReadAllBytes(folder.File(name));
    }

    private static IReadOnlyList<byte[]> TorchZips(TemporaryFolder folder)
    {
        byte[] stored = Saved("a.pth");
        using MemoryStream packed = new();
        using (ZipArchive from = new(new MemoryStream(stored)))
        using (ZipArchive to = new(packed, ZipArchiveMode.Create))
        {
            foreach (ZipArchiveEntry entry in from.Entries)
            {
                using Stream source = entry.Open();
                using Stream target = to.CreateEntry(entry.FullName, CompressionLevel.Optimal).Open();
                source.CopyTo(target);
            }
        }

        return [stored, packed.ToArray()];
    }

    private static IReadOnlyList<byte[]> SafeTensors(TemporaryFolder folder)
        => [Saved("a.safetensors"), Saved("a.safetensors", new Dictionary<string, string> { ["format"] = "pt", ["ü"] = "\n" })];

    private static IReadOnlyList<byte[]> SavedModel(TemporaryFolder folder)
    {
        using ImageModel model = TransferModel.Create("squeezenet1_1", 2);
        using TemporaryFolder other = new();
        model.Save(other.File("a.tl"));
        using StateDict whole = StateDict.Open(other.File("a.tl"));
        return [Saved("a.safetensors", whole.Metadata)];
    }

    private static IReadOnlyList<byte[]> ShardIndex(TemporaryFolder folder)
    {
        File.WriteAllBytes(folder.File("model-1.safetensors"), Saved("a.safetensors"));
        return Texts("""{"metadata": {"total_size": 40}, "weight_map": {"a.weight": "model-1.safetensors", "a.bias": "model-1.safetensors", "n": "model-1.safetensors"}}""");
    }

    private static IReadOnlyList<byte[]> TensorFlowJs(TemporaryFolder folder)
    {
        File.WriteAllBytes(folder.File("shard0"), new byte[24]);
        return Texts("""
            {"modelTopology": {"model_config": {"class_name": "Model", "config": {"layers": [{"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 2}}]}}},
             "weightsManifest": [{"paths": ["shard0"], "weights": [{"name": "a/kernel", "shape": [2, 2], "dtype": "float32"}, {"name": "a/bias", "shape": [2],
             "dtype": "float32", "quantization": {"dtype": "uint16", "scale": 0.1, "min": -1.0, "original_dtype": "float32"}}, {"name": "b/bias", "shape": [4], "dtype": "uint8"}]}]}
            """.Replace(", {\"name\": \"b/bias\", \"shape\": [4], \"dtype\": \"uint8\"}", ", {\"name\": \"b/bias\", \"shape\": [1], \"dtype\": \"float32\"}", StringComparison.Ordinal));
    }

    private static IReadOnlyList<byte[]> SentencePiece(TemporaryFolder folder)
        =>
        [
            TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces),
            TinyTokenizers.PieceModel(bytePair: true, byteFallback: true, squeeze: false, TinyTokenizers.Pieces),
        ];

    private static IReadOnlyList<byte[]> Merges(TemporaryFolder folder)
    {
        (_, string merges) = TinyTokenizers.BytePair(folder, "<|endoftext|>");
        File.WriteAllText(folder.File("config.json"), "{\"model_type\": \"gpt2\"}");
        return [File.ReadAllBytes(merges)];
    }

    private static IReadOnlyList<byte[]> Tar(TemporaryFolder folder)
    {
        return [.. TarFormats.Select(format =>
        {
            using MemoryStream stream = new();
            using (TarWriter writer = new(stream, format))
            {
                string longName = format == TarEntryFormat.Ustar ? "2" : new string('n', 150);
                foreach (
                    (string name, string text) in new[]
                    {
                        ("1.jpg", "image"),
                        ("1.cls", "0"),
                        ($"{longName}.jpg", "other"),
                        ($"{longName}.cls", "1"),
                    })
                {
                    System.Formats.Tar.TarEntry entry = format switch
                    {
                        TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                        TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                        _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                    };
                    entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
                    writer.WriteEntry(entry);
                }
            }

            return stream.ToArray();
        })];
    }

    private static void RepairTar(byte[] bytes)
    {
        for (int start = 0; start + 512 <= bytes.Length; start += 512)
        {
            Span<byte> header = bytes.AsSpan(start, 512);
            if (header[257..].StartsWith("ustar"u8))
            {
                int sum = 8 * ' ';
                for (int i = 0; i < header.Length; i++)
                {
                    sum += i is < 148 or >= 156 ? header[i] : 0;
                }

                Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
            }
        }
    }

    private static IReadOnlyList<byte[]> Zips(TemporaryFolder folder)
    {
        return [.. ZipLevels.Select(level =>
        {
            using MemoryStream stream = new();
            using (ZipArchive zip = new(stream, ZipArchiveMode.Create))
            {
                foreach (string name in ZipNames)
                {
                    using Stream entry = zip.CreateEntry(name, level).Open();
                    entry.Write(name.EndsWith('/') ? [] : Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(name, 20))));
                }
            }

            return stream.ToArray();
        })];
    }

    private static IReadOnlyList<byte[]> RunCheckpoint(TemporaryFolder folder)
    {
        using TemporaryFolder other = new();
        using torch.Tensor weight = torch.ones(3);
        RunRecord record = new(
            new Dictionary<string, string> { ["optimizer"] = "Sgd" }, 3, 1, EpochTotals.None, [new EpochResult(0, 1.5, null, 0.1, 2, 3)],
            [
                new TrainingEvaluation(2, 0, 1, new Score("accuracy", 0.5), true)
            ], new Dictionary<string, long> { ["w"] = 3 }, 0, 1, 2, SkippedSamples.None, null);
        return [File.ReadAllBytes(new RunFolder(other.Path, NullLogger.Instance).Write(record, [new("model/w", weight)]))];
    }

    private static IReadOnlyList<byte[]> Features(TemporaryFolder folder)
    {
        using TemporaryFolder other = new();
        FeatureChunkHeader header = new(42, FeaturePrecision.Float32, [2, 3], [7, 8, UInt128.MaxValue], [9]);
        return [File.ReadAllBytes(FeatureFile.Write(other.Path, header, new byte[3 * 6 * 4]).Path)];
    }

    private static void Checkpoint(string path)
    {
        using StateDict state = StateDict.Open(path, new CheckpointOptions { VerifyChecksums = false });
        foreach (TensorEntry entry in state.Entries)
        {
            state.Read(entry.Name).Dispose();
        }
    }

    private static void Keras(string path)
    {
        using KerasSource source = KerasSource.Open(path);
        foreach (KerasLayer layer in source.Layers)
        {
            foreach (KerasRole role in Enum.GetValues<KerasRole>())
            {
                if (layer.TryGet(role, out KerasWeight? weight))
                {
                    weight.Read().Dispose();
                }
            }
        }
    }

    private static void Image(string path)
    {
        SkiaImageCodec codec = new(new ImageDecodeOptions { MaximumPixels = 1 << 20 });
        codec.Decode(File.ReadAllBytes(path), "a").Dispose();
    }

    private static void Tokenizer(string path)
    {
        TextTokenizer tokenizer = TextTokenizer.FromFolder(Path.GetDirectoryName(path)!);
        EncodedText encoded = tokenizer.Encode("Hello, the Café 我!", "llo </s> [SEP]");
        _ = tokenizer.Decode(encoded.Ids);
    }

    private static void Samples(Dataset dataset)
    {
        using (dataset)
        {
            for (int i = 0; i < dataset.Count; i++)
            {
                _ = (dataset.Read(i), dataset.LabelOf(i), dataset.NameOf(i));
            }
        }
    }

    private static void Config(string path)
    {
        ModelConfig config = ModelConfig.FromFile(path);
        _ = (config.ModelType, config.LabelCount, config.Size("hidden_size"), config.Number("dropout", 0.1), config.ToJson());
    }
}
