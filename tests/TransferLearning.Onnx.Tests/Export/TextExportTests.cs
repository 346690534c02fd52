using TorchSharp;

namespace TransferLearning.Onnx.Tests;

/// <summary>Networks of texts, run by ONNX Runtime.</summary>
public sealed class TextExportTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string, string> Heads
    {
        get
        {
            TheoryData<string, string> rows = [];
            foreach (string type in new[] { "bert", "roberta", "distilbert" })
            {
                foreach (string head in new[] { "classes", "tokens", "answers", "masks", "vectors" })
                {
                    rows.Add(type, head);
                }
            }

            rows.Add("gpt2", "classes");
            rows.Add("gpt2", "next");
            rows.Add("gpt2", "vectors");
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Heads))]
    public void A_network_gives_the_same_in_onnx_runtime(string type, string head)
    {
        LearningTask task = head switch
        {
            "classes" => new Classification(3) { ClassNames = ["no", "perhaps", "yes"] },
            "tokens" => new TokenClassification(["O", "B-PER", "I-PER"]),
            "answers" => new QuestionAnswering(),
            "masks" => new MaskedLanguageModeling(),
            "next" => new CausalLanguageModeling(),
            _ => new FeatureExtraction(),
        };
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        using TextModel model = TinyText.Model(folder.File("tokenizer"), task, type);
        new ParityFill("onnx", 3).Fill(model.Module.State());
        string path = folder.File("network.onnx");
        model.ExportOnnx(path, new OnnxExportOptions { Verify = true });
        using OnnxRun run = new(path);
        Assert.Equal([-1, -1], run.Inputs["input_ids"].Dimensions);
        foreach ((int count, int length, bool pads) in new[] { (1, 4, false), (3, 9, true), (2, 20, true) })
        {
            using TokenInput input = Texts(count, length, pads);
            IReadOnlyDictionary<string, (int[] Shape, float[] Values)> outputs = run.Run(
                ("input_ids", input.Ids), ("attention_mask", input.Mask), ("token_type_ids", input.TypeIds!));
            torch.Tensor expected = head == "vectors" ? model.Module.ForwardHidden(input) : model.Module.call(input);
            if (head == "answers")
            {
                Assert.InRange(OnnxRun.Difference(expected.select(2, 0), outputs["start_logits"].Values), 0, Tolerance);
                Assert.InRange(OnnxRun.Difference(expected.select(2, 1), outputs["end_logits"].Values), 0, Tolerance);
                continue;
            }

            (int[] shape, float[] values) = outputs[head == "vectors" ? "last_hidden_state" : "logits"];
            Assert.Equal(expected.shape, shape.Select(side => (long)side));
            Assert.InRange(OnnxRun.Difference(expected, values), 0, Tolerance);
            if (head == "vectors")
            {
                torch.Tensor vectors = TextNetwork.Embed(expected, input.Mask, TextPooling.Mean, normalize: true);
                Assert.InRange(OnnxRun.Difference(vectors, outputs["embeddings"].Values), 0, Tolerance);
            }
        }
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("marian")]
    [InlineData("bart")]
    public void An_encoder_and_its_decoder_give_the_same_in_onnx_runtime(string type)
    {
        ModelConfig config = type == "t5"
            ? TinyDecoders.T5Config(TinyText.Vocabulary.Count)
            : TinyDecoders.MarianConfig(TinyText.Vocabulary.Count, type);
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        TinyText.WriteTokenizer(folder.File("tokenizer"));
        using TextModel model = TextModel.Create(config, folder.File("tokenizer"), new SequenceToSequence(0, 1), seed: 3);
        new ParityFill("onnx", 3).Fill(model.Module.State());
        OnnxExportReport report = model.ExportOnnx(folder.File("network.onnx"));
        Assert.Equal([folder.File("network.encoder.onnx"), folder.File("network.decoder.onnx")], report.Files);
        using OnnxRun encoder = new(report.Files[0]);
        using OnnxRun decoder = new(report.Files[1]);
        foreach ((int count, int length, int written, bool pads) in new[] { (1, 4, 1, false), (3, 9, 4, true), (2, 7, 15, true) })
        {
            using TokenInput read = Texts(count, length, pads);
            using TokenInput input = new(read.Ids.clone(), read.Mask.clone())
            {
                DecoderIds = torch.randint(3, TinyText.Vocabulary.Count, [count, written], torch.int64).DetachFromDisposeScope(),
            };
            torch.Tensor hidden = model.Module.ForwardHidden(input);
            (int[] shape, float[] values) = encoder.Run(("input_ids", input.Ids), ("attention_mask", input.Mask))["last_hidden_state"];
            Assert.Equal(hidden.shape, shape.Select(side => (long)side));
            Assert.InRange(OnnxRun.Difference(hidden, values), 0, Tolerance);
            (_, float[] logits) = decoder.Run(
                ("input_ids", input.DecoderIds!), ("encoder_attention_mask", input.Mask),
                ("encoder_hidden_states", torch.tensor(values, hidden.shape)))["logits"];
            Assert.InRange(OnnxRun.Difference(model.Module.call(input), logits), 0, Tolerance);
        }
    }

    private static TokenInput Texts(int count, int length, bool pads)
    {
        torch.Tensor mask = torch.ones([count, length], torch.int64);
        if (pads)
        {
            mask[count - 1, torch.TensorIndex.Slice(length - 3)] = 0;
        }

        return new TokenInput(
            torch.randint(3, TinyText.Vocabulary.Count, [count, length], torch.int64), mask,
            torch.randint(0, 2, [count, length], torch.int64));
    }
}
