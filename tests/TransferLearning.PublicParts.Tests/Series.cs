using System.Runtime.InteropServices;
using static TorchSharp.torch;
using Device = TransferLearning.Device;

namespace PublicParts.Tests;

/// <summary>A modality of one's own: rows of numbers of different lengths.</summary>
internal static class Series
{
    /// <summary>A set of rows 1, 2, … of different lengths.</summary>
    public static InMemoryDataset Rows(params int[] lengths) => new(
        [
            .. lengths.Select(
                (length, i) => new Sample(
                    $"row {i}", new Content([.. Enumerable.Range(1, length).Select(value => (float)value)]), new NumberTarget(length)))
        ], []);

    internal sealed record Content(float[] Values) : SampleContent
    {
        protected override ReadOnlyMemory<byte> ToBytes() => MemoryMarshal.AsBytes(Values.AsSpan()).ToArray();
    }

    internal sealed record Row(float[] Values, Target Target) : Example(Target, Values.Length);

    /// <summary>Rows for a network: [N, L] float32, zeros at the end.</summary>
    internal sealed class Input(Tensor values) : ModelInput
    {
        public Tensor Values { get; } = values.DetachFromDisposeScope();

        public override int Count => (int)Values.size(0);

        public override ModelInput To(Device device) => new Input(Values.to(device.ToTorch(), copy: true));

        public override ModelInput Narrow(int count) => new Input(Values.narrow(0, 0, count));

        protected override void Dispose(bool disposing) => Values.Dispose();
    }

    internal sealed class Preprocessor : PaddedPreprocessor
    {
        public override bool IsDeterministic => true;

        public override string Fingerprint => "rows";

        public override Example Apply(Sample sample, ref SeededRandom random) => new Row(((Content)sample.Input).Values, sample.Target);

        public override ModelInput Collate(IReadOnlyList<Example> examples, int? length = null)
        {
            int longest = length ?? examples.Max(example => example.Length);
            float[] values = new float[examples.Count * longest];
            for (int i = 0; i < examples.Count; i++)
            {
                ((Row)examples[i]).Values.CopyTo(values, i * longest);
            }

            return new Input(tensor(values, [examples.Count, longest]));
        }
    }

    /// <summary>A collator of one's own: doubles the target, and counts what it collated.</summary>
    internal sealed class Collator : IDataCollator
    {
        public int Examples { get; private set; }

        public Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
            => preprocessor.Apply(sample, ref random);

        public ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length)
            => preprocessor.Collate(examples, length);

        public Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        {
            Examples += examples.Count;
            return tensor([.. examples.Select(example => 2 * (float)((NumberTarget)example.Target).Value)]);
        }
    }
}
