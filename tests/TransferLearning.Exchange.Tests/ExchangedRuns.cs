using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;


namespace TransferLearning.Exchange.Tests;

/// <summary>Short runs whose every step sees all samples, so that Python can make the same steps.</summary>
internal static class ExchangedRuns
{
    public const int Half = 3;
    public const int Whole = 6;

    public static readonly Dictionary<string, Optimizer> Rules = new()
    {
        ["sgd"] = new Sgd(0.05),
        ["sgd-momentum"] = new Sgd(0.05, momentum: 0.9),
        ["sgd-nesterov"] = new Sgd(0.05, momentum: 0.9, weightDecay: 0.01, nesterov: true),
        ["sgd-dampening"] = new Sgd(0.05, momentum: 0.9, dampening: 0.1),
        ["adam"] = new Adam(0.01),
        ["adam-decay"] = new Adam(0.01, beta1: 0.8, beta2: 0.99, weightDecay: 0.1),
        ["adam-amsgrad"] = new Adam(0.01, amsgrad: true),
        ["adamw"] = new AdamW(0.01, weightDecay: 0.1),
        ["adamw-amsgrad"] = new AdamW(0.01, amsgrad: true),
        ["rmsprop"] = new RmsProp(0.005),
        ["rmsprop-momentum"] = new RmsProp(0.005, momentum: 0.9),
        ["rmsprop-centered"] = new RmsProp(0.005, momentum: 0.5, centered: true, weightDecay: 0.01),
        ["adagrad"] = new Adagrad(0.02),
        ["adagrad-decay"] = new Adagrad(0.02, rateDecay: 0.1, weightDecay: 0.01, initialSum: 0.1),
    };

    public static Dataset Samples => SmallSets.Images(12, SmallSets.Colours);

    public static LearningRateSchedule Schedule => new StepSchedule(2, 0.5);

    public static ImageModel Model() => TinyStudent.Model(4, SmallSets.Colours);

    public static FineTuneOptions Options(ImageModel model, int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = Samples.Count,
        Workers = 0,
        Schedule = Schedule,
        Preprocessor = ImagePipeline.ForEvaluation(model.Preprocess),
    };

    public static float[] Weights(TransferModel model)
        => [.. model.Module.State().SelectMany(entry => entry.Value.detach().to(ScalarType.Float32).data<float>().ToArray())];

    public static float[] Weights(string path, TransferModel model)
    {
        using StateDict state = StateDict.Open(path);
        return
        [
            .. model.Module.State().SelectMany(entry =>
            {
                using Tensor tensor = state.Read(entry.Key).to(ScalarType.Float32);
                return tensor.data<float>().ToArray();
            }),
        ];
    }

    public static double Distance(float[] left, float[] right) => left.Zip(right).Max(pair => Math.Abs((double)pair.First - pair.Second));

    /// <summary>Writes what Python needs to make the same steps: samples, fresh weights, and the options of each optimizer.</summary>
    public static void WriteFor(string folder)
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageModel model = Model();
        ImagePipeline pipeline = ImagePipeline.ForEvaluation(model.Preprocess);
        float[] values = new float[12 * 3 * 32 * 32];
        for (int i = 0; i < 12; i++)
        {
            SeededRandom random = default;
            pipeline.Apply(Samples.Read(i), ref random, values.AsSpan(i * 3 * 32 * 32, 3 * 32 * 32));
        }

        using (StateDict inputs = StateDict.FromTensors(
            [
                new("x", tensor(values, [12, 3, 32, 32])),
                new("y", tensor([.. Enumerable.Range(0, 12).Select(i => (long)Samples.LabelOf(i))])),
            ]))
        {
            inputs.Save(Path.Combine(folder, "inputs.pth"));
        }

        using (StateDict start = StateDict.FromTensors(model.Module.State()))
        {
            start.Save(Path.Combine(folder, "start.pth"));
        }

        File.WriteAllText(
            Path.Combine(folder, "rules.json"),
            JsonSerializer.Serialize(Rules.ToDictionary(rule => rule.Key, rule => Arguments(rule.Value))));
    }

    private static Dictionary<string, object> Arguments(Optimizer rule)
    {
        Dictionary<string, object> arguments = new() { ["lr"] = rule.LearningRate, ["weight_decay"] = rule.WeightDecay };
        switch (rule)
        {
            case Sgd sgd:
                (arguments["class"], arguments["momentum"], arguments["dampening"], arguments["nesterov"]) =
                    ("SGD", sgd.Momentum, sgd.Dampening, sgd.Nesterov);
                break;
            case Adam adam:
                (arguments["class"], arguments["betas"], arguments["eps"], arguments["amsgrad"]) =
                    ("Adam", new[] { adam.Beta1, adam.Beta2 }, adam.Epsilon, adam.Amsgrad);
                break;
            case AdamW adam:
                (arguments["class"], arguments["betas"], arguments["eps"], arguments["amsgrad"]) =
                    ("AdamW", new[] { adam.Beta1, adam.Beta2 }, adam.Epsilon, adam.Amsgrad);
                break;
            case RmsProp rms:
                (arguments["class"], arguments["alpha"], arguments["eps"], arguments["momentum"], arguments["centered"]) =
                    ("RMSprop", rms.Alpha, rms.Epsilon, rms.Momentum, rms.Centered);
                break;
            case Adagrad adagrad:
                (arguments["class"], arguments["lr_decay"], arguments["eps"], arguments["initial_accumulator_value"]) =
                    ("Adagrad", adagrad.RateDecay, adagrad.Epsilon, adagrad.InitialSum);
                break;
        }

        return arguments;
    }
}
