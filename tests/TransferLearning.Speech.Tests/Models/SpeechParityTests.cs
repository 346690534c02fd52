using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Speech networks beside the references (Fixtures/Parity/speech/README.md).</summary>
[Trait("Category", "Parity")]
public sealed class SpeechParityTests
{
    private const string MaskName = "wav2vec2.masked_spec_embed";

    public static TheoryData<string> Encoders
        => Goldens("wav2vec2", "wav2vec2_mini_group_norm", "wav2vec2_mini_layer_norm", "wav2vec2_base");

    public static TheoryData<string> Writers => Goldens("whisper", "whisper_mini", "whisper_tiny");

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Wav2vec_equals_the_reference(string file)
    {
        Assert.SkipUnless(File.Exists(ParityFolder.File($"speech/models/{file}.json")), $"{file} is not beside the tests.");
        using SequenceGolden golden = new($"models/{file}", "speech");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Wav2Vec2Network network = Built<Wav2Vec2Network>(golden, HeadKind.Vocabulary);
        CheckState(golden, network);
        foreach (JsonElement test in golden.Root.GetProperty("cases").EnumerateArray())
        {
            string id = test.GetProperty("id").GetString()!;
            if (test.TryGetProperty("wavs", out JsonElement files))
            {
                using AudioInput batch = Recordings.Padded([.. files.EnumerateArray().Select(name => name.GetString()!)]);
                Assert.Equal(
                    SequenceGolden.Numbers(test.GetProperty("frame_lengths")), network.FrameLengths(batch)!.data<long>().ToArray());
                golden.Check($"{id}: logits", test.GetProperty("logits"), network.call(batch));
                continue;
            }

            using AudioInput input = new(Recordings.Samples(test.GetProperty("wav").GetString()!).unsqueeze(0));
            golden.Check($"{id}: convolutions", test.GetProperty("conv_features"), network.Convolve(input.Values));
            List<Tensor> layers = [];
            _ = network.Hidden(input, layer => layers.Add(layer.alias().DetachFromDisposeScope()));
            JsonElement extracted = test.GetProperty("extracted_features");
            int every = (layers.Count - 1) / extracted.GetArrayLength();
            for (int i = 0; i < extracted.GetArrayLength(); i++)
            {
                golden.Check($"{id}: layer {i * every}", extracted[i], layers[1 + (i * every)]);
            }

            layers.ForEach(layer => layer.Dispose());
            Tensor logits = network.call(input);
            golden.Check($"{id}: logits", test.GetProperty("logits"), logits);
            Assert.Equal(SequenceGolden.Numbers(test.GetProperty("frame_argmax")), logits[0].argmax(-1).data<long>().ToArray());
            Assert.Equal(
                SequenceGolden.Numbers(test.GetProperty("ctc_greedy")),
                CtcDecoding.Merged(logits[0].argmax(-1).data<long>().ToArray().Select(entry => (int)entry), 0)
                    .Select(entry => (long)entry));
        }
    }

    [Theory]
    [MemberData(nameof(Writers))]
    public void Whisper_equals_the_reference(string file)
    {
        Assert.SkipUnless(File.Exists(ParityFolder.File($"speech/models/{file}.json")), $"{file} is not beside the tests.");
        using SequenceGolden golden = new($"models/{file}", "speech");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using WhisperNetwork network = Built<WhisperNetwork>(golden, HeadKind.Vocabulary);
        CheckState(golden, network);
        CheckPositions(golden, network);
        Dictionary<string, Tensor> mels = [];
        foreach (JsonElement test in golden.Root.GetProperty("cases").EnumerateArray())
        {
            string id = test.GetProperty("id").GetString()!;
            Tensor mel = Mel(golden, network, test);
            mels.Add(id, mel);
            golden.Check($"{id}: log-mel", test.GetProperty("log_mel"), mel);
            using AudioInput input = new(mel.alias())
            {
                DecoderIds = SequenceGolden.Ids(test.GetProperty("inputs").GetProperty("tokens")).DetachFromDisposeScope(),
            };
            List<Tensor> read = [], written = [];
            Tensor source = network.Hidden(mel, layer => read.Add(layer.alias().DetachFromDisposeScope()));
            golden.Check($"{id}: encoder", test.GetProperty("encoder_output"), source);
            _ = network.Decode(input.DecoderIds, source, null, layer => written.Add(layer.alias().DetachFromDisposeScope()));
            golden.CheckLayers("encoder layer", test.GetProperty("encoder_layer_outputs"), read[1..]);
            golden.CheckLayers("decoder layer", test.GetProperty("decoder_layer_outputs"), written);
            Tensor logits = network.call(input);
            golden.Check($"{id}: logits", test.GetProperty("logits"), logits);
            using DecoderCache cache = network.Begin(input);
            Tensor first = network.NextLogits(input.DecoderIds.narrow(1, 0, 3), cache);
            golden.Close("logits with a cache", 0, first.sub(logits.select(1, 2)).abs().max().item<float>(), 1e-3);
            foreach (Tensor layer in read.Concat(written))
            {
                layer.Dispose();
            }
        }

        if (golden.Root.TryGetProperty("greedy", out JsonElement greedy))
        {
            golden.Fill(network, greedy);
            foreach (JsonElement test in greedy.GetProperty("cases").EnumerateArray())
            {
                CheckGreedy(network, mels[test.GetProperty("id").GetString()!], test);
            }
        }
    }

    private static void CheckGreedy(WhisperNetwork network, Tensor mel, JsonElement test)
    {
        using AudioInput input = new(mel.alias());
        using DecoderCache cache = network.Begin(input);
        long[] expected = SequenceGolden.Numbers(test.GetProperty("new_tokens"));
        List<long> found = [];
        Tensor ids = tensor(SequenceGolden.Numbers(test.GetProperty("start"))).unsqueeze(0);
        while (found.Count < expected.Length)
        {
            found.Add(network.NextLogits(ids, cache).argmax(-1).item<long>());
            ids = tensor(new[] { found[^1] }).unsqueeze(0);
        }

        Assert.Equal(expected, found);
        int[] start = [.. SequenceGolden.Numbers(test.GetProperty("start")).Select(token => (int)token)];
        DecodingRows rows = new(
            network, network.Begin(input), [start], tensor(SequenceGolden.Numbers(test.GetProperty("start"))).unsqueeze(0), true, CPU);
        using TokenDecoding decoding = new(network, rows, new DecodingRules(), new GenerationOptions { MaxNewTokens = expected.Length });
        while (decoding.Step())
        {
            // Token after token.
        }

        Assert.Equal(expected, decoding.Results[0]!.Tokens.Select(token => (long)token));
    }

    private static Tensor Mel(SequenceGolden golden, WhisperNetwork network, JsonElement test) => Recordings.LogMel(
        test.GetProperty("wav").GetString()!, golden.Root.GetProperty("samples").GetInt32(), network.Bands!.Value).unsqueeze(0);

    private static T Built<T>(SequenceGolden golden, HeadKind head)
        where T : SpeechNetwork
    {
        T network = (T)ConfigCatalog.Of(golden.Config).Build(golden.Config, new HeadSpec(head));
        network.eval();
        golden.Fill(network);
        return network;
    }

    private static void CheckState(SequenceGolden golden, SpeechNetwork network)
    {
        KeyValuePair<string, Tensor>[] state = [.. network.State().Where(entry => entry.Key != MaskName)];
        Assert.Equal(
            golden.Root.GetProperty("state_dict").EnumerateArray()
                .Select(row => $"{row[4].GetString()} [{string.Join(",", SequenceGolden.Numbers(row[1]))}]")
                .Order(StringComparer.Ordinal),
            state.Select(entry => $"{entry.Key} [{string.Join(",", entry.Value.shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal(
            golden.Root.GetProperty("param_count").GetInt64(),
            network.named_parameters().Where(entry => entry.name != MaskName).Sum(entry => entry.parameter.numel()));
        foreach (JsonElement row in golden.Root.GetProperty("state_dict").EnumerateArray())
        {
            string renamed = network.CheckpointNames.Apply(row[0].GetString()!)!;
            Assert.Contains(row[4].GetString(), new[] { renamed, network.BackbonePrefix + renamed });
        }

        if (golden.Root.TryGetProperty("tied", out JsonElement tied))
        {
            Assert.Equal(tied.EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetString()!), network.Tied);
        }

        Dictionary<string, Tensor> byName = state.ToDictionary(entry => golden.Fills[entry.Key].Name, entry => entry.Value);
        foreach (JsonElement check in golden.Root.GetProperty("fill_checks").EnumerateArray())
        {
            string name = check.GetProperty("name").GetString()!;
            Assert.True(
                check.GetProperty("kind").GetString() == "keep" // computed, see CheckPositions
                    || check.GetProperty("word_checksum").GetString() == ParityFill.WordChecksum(NativeFloats.Of(byName[name])),
                $"{golden.Name}: fill of {name}");
        }
    }

    private static void CheckPositions(SequenceGolden golden, WhisperNetwork network)
    {
        JsonElement kept = golden.Root.GetProperty("kept").GetProperty("encoder.positional_embedding");
        Tensor table = new Dictionary<string, Tensor>(network.State())["model.encoder.embed_positions.weight"];
        Assert.Equal(SequenceGolden.Numbers(kept.GetProperty("shape")), table.shape);
        int at = 0;
        foreach (long row in SequenceGolden.Numbers(kept.GetProperty("rows")))
        {
            float[] values = [.. table[row].data<float>()];
            double[] expected =
                [.. ParityModel.Numbers(kept.GetProperty("first8")[at]), .. ParityModel.Numbers(kept.GetProperty("last8")[at++])];
            float[] found = [.. values[..8], .. values[^8..]];
            for (int i = 0; i < expected.Length; i++)
            {
                // A rate that exp rounds to the other neighbour moves the angle by so much.
                golden.Close($"position {row}, value {i}", expected[i], found[i], 1.2e-7 * (row + 1));
            }
        }
    }

    private static TheoryData<string> Goldens(string family, params string[] known)
    {
        string folder = ParityFolder.File("speech/models");
        IEnumerable<string> there = Directory.Exists(folder)
            ? Directory.GetFiles(folder, $"{family}*.json").Select(file => Path.GetFileNameWithoutExtension(file)!)
            : [];
        return [.. known.Union(there).Order(StringComparer.Ordinal)];
    }
}
