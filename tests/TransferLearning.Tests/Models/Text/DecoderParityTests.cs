using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

[Trait("Category", "Parity")]
public sealed class DecoderParityTests
{
    public static TheoryData<string> Decoders => Goldens("gpt2");

    public static TheoryData<string> EncoderDecoders => [.. Goldens("t5"), .. Goldens("marian"), .. Goldens("bart")];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_decoder_equals_the_reference(string file)
    {
        using SequenceGolden golden = new($"models/{file}");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Gpt2Network network = (Gpt2Network)ConfigCatalog.Of(golden.Config).Build(golden.Config, new HeadSpec(HeadKind.Vocabulary));
        network.eval();
        golden.Fill(network);
        golden.CheckStateAndFill(network);
        foreach (JsonElement test in golden.Root.GetProperty("cases").EnumerateArray())
        {
            string id = test.GetProperty("id").GetString()!;
            using TokenInput inputs = SequenceGolden.Inputs(test.GetProperty("inputs"));
            Tensor logits = network.call(inputs);
            golden.Check($"{id}: logits", test.GetProperty("logits"), logits);
            if (id != "full")
            {
                continue;
            }

            List<Tensor> layers = [];
            _ = network.Hidden(inputs.Ids, null, null, Into(layers));
            golden.CheckLayers("hidden state", test.GetProperty("hidden_states"), layers);
            Tensor losses = nn.functional.cross_entropy(
                logits.narrow(1, 0, inputs.Length - 1).flatten(0, 1), inputs.Ids.narrow(1, 1, inputs.Length - 1).flatten(),
                reduction: nn.Reduction.None);
            golden.CheckNumbers("loss", test.GetProperty("lm_loss"), losses.mean().item<float>());
            golden.CheckNumbers(
                "perplexity",
                test.GetProperty("perplexity_per_sequence"),
                [.. losses.view(inputs.Count, -1).mean([1]).exp().data<float>().Select(value => (double)value)]);
            using DecoderCache cache = network.Begin(inputs);
            _ = network.NextLogits(inputs.Ids, cache);
            golden.Check("keys of the first layer", test.GetProperty("past_keys_layer0"), cache.Own(0).View().Keys);
            golden.Check("values of the last layer", test.GetProperty("past_values_last_layer"), cache.Own(layers.Count - 3).View().Values);
            CheckPieces(golden, network, inputs.Ids, logits);
        }
    }

    [Theory]
    [MemberData(nameof(EncoderDecoders))]
    public void An_encoder_decoder_equals_the_reference(string file)
    {
        using SequenceGolden golden = new($"models/{file}");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using TextNetwork network = (TextNetwork)ConfigCatalog.Of(golden.Config).Build(golden.Config, new HeadSpec(HeadKind.Vocabulary));
        network.eval();
        golden.Fill(network);
        golden.CheckStateAndFill(network);
        CheckPositions(golden);
        foreach (JsonElement test in golden.Root.GetProperty("cases").EnumerateArray())
        {
            string id = test.GetProperty("id").GetString()!;
            using TokenInput inputs = SequenceGolden.Inputs(test.GetProperty("inputs"));
            Tensor logits = network.call(inputs);
            golden.Check($"{id}: logits", test.GetProperty("logits"), logits);
            if (id != "teacher_forced")
            {
                continue;
            }

            golden.Check("encoder", test.GetProperty("encoder_last_hidden_state"), network.ForwardHidden(inputs));
            List<Tensor> read = [], written = [];
            switch (network)
            {
                case T5Network t5:
                    _ = t5.Decode(inputs.DecoderIds!, t5.Encode(inputs.Ids, inputs.Mask, Into(read)), inputs.Mask, null, Into(written));
                    break;
                case EncoderDecoder marian:
                    _ = marian.Decode(
                        inputs.DecoderIds!, marian.Encode(inputs.Ids, inputs.Mask, Into(read)), inputs.Mask, null, Into(written));
                    break;
            }

            golden.CheckLayers("encoder layer", test.GetProperty("encoder_layer_outputs"), read);
            golden.CheckLayers("decoder layer", test.GetProperty("decoder_layer_outputs"), written);
            Tensor labels = SequenceGolden.Ids(test.GetProperty("labels"));
            golden.CheckNumbers(
                "loss", test.GetProperty("loss"), nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).item<float>());
            int start = golden.Config.Whole("decoder_start_token_id");
            Tensor moved = SequenceTask.ShiftRight(labels, start, golden.Config.Whole("pad_token_id"));
            Tensor counts = labels.ge(0).narrow(1, 0, labels.size(1) - 1);
            Assert.Equal(
                inputs.DecoderIds!.narrow(1, 1, labels.size(1) - 1).masked_select(counts).data<long>().ToArray(),
                moved.narrow(1, 1, labels.size(1) - 1).masked_select(counts).data<long>().ToArray());
        }
    }

    // Kept beyond the scope of the layer that made it.
    private static Action<Tensor> Into(List<Tensor> layers) => layer => layers.Add(layer.alias().DetachFromDisposeScope());

    private static void CheckPieces(SequenceGolden golden, Gpt2Network network, Tensor ids, Tensor logits)
    {
        JsonElement record = golden.Root.GetProperty("incremental");
        foreach (JsonElement split in record.GetProperty("splits").EnumerateArray())
        {
            using TokenInput prompt = new(ids.alias());
            using DecoderCache cache = network.Begin(prompt);
            long at = 0;
            foreach (long length in SequenceGolden.Numbers(split))
            {
                using Tensor next = network.NextLogits(ids.narrow(1, at, length), cache);
                at += length;
                golden.Close(
                    $"pieces of {split} at {at}",
                    0,
                    next.sub(logits.select(1, at - 1)).abs().max().item<float>(),
                    record.GetProperty("tolerance").GetDouble());
            }
        }
    }

    private static void CheckPositions(SequenceGolden golden)
    {
        if (golden.Root.TryGetProperty("position_buckets", out JsonElement buckets))
        {
            long[] relative = SequenceGolden.Numbers(buckets.GetProperty("key_minus_query"));
            foreach ((string side, bool bothWays) in new[] { ("encoder", true), ("decoder", false) })
            {
                RelativeBuckets table = new(
                    golden.Config.Whole("relative_attention_num_buckets"),
                    golden.Config.Whole("relative_attention_max_distance"),
                    bothWays);
                Assert.Equal(SequenceGolden.Numbers(buckets.GetProperty(side)), relative.Select(table.Of));
            }
        }

        if (golden.Root.TryGetProperty("sinusoids", out JsonElement sines))
        {
            (long count, long width) = (sines.GetProperty("shape")[0].GetInt64(), sines.GetProperty("shape")[1].GetInt64());
            using Tensor table = Sinusoids.Rows(0, count, width, float32, torch.CPU);
            int at = 0;
            foreach (long row in SequenceGolden.Numbers(sines.GetProperty("rows")))
            {
                float[] values = [.. table[row].data<float>()];
                double[] first = ParityModel.Numbers(sines.GetProperty("first8")[at]),
                half = ParityModel.Numbers(sines.GetProperty("from_half_8")[at++]);
                for (int i = 0; i < 8; i++)
                {
                    golden.Close($"sine {row} {i}", first[i], values[i], 1e-6);
                    golden.Close($"cosine {row} {i}", half[i], values[(width / 2) + i], 1e-6);
                }
            }
        }
    }

    private static TheoryData<string> Goldens(string family)
        => [.. Directory.GetFiles(ParityFolder.File("text/models"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Where(name => name.Contains(family, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
