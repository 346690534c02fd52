using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class WeightLoadTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    private static StateDict Stored() => StateDict.FromTensors(
    [
        new("body.weight", full(2, 3, 5.0)),
        new("body.bias", full(2, 6.0)),
        new("head.weight", full(7, 2, 8.0)),
    ]);

    private static List<KeyValuePair<string, Tensor>> Model(long classes) =>
    [
        new("body.weight", new TorchSharp.Modules.Parameter(zeros(2, 3))),
        new("body.bias", zeros(2)),
        new("body.num_batches_tracked", tensor(9L)),
        new("head.weight", zeros(classes, 2)),
    ];

    private static float Sum(Tensor tensor) => tensor.sum().item<float>();

    [Fact]
    public void Fills_every_target_and_counts_what_it_did()
    {
        List<KeyValuePair<string, Tensor>> model = Model(7);
        using StateDict stored = Stored();
        WeightLoadReport report = stored.LoadInto(model);

        Assert.Equal(["body.weight", "body.bias", "head.weight"], report.Applied);
        Assert.Empty(report.Missing);
        Assert.Equal(1.0, report.Coverage);
        Assert.Equal((6 + 2 + 14) * sizeof(float), report.BytesRead);
        Assert.Equal(30f, Sum(model[0].Value));
        Assert.True(model[0].Value.requires_grad);
        Assert.Equal(0L, model[2].Value.item<long>());
    }

    [Fact]
    public void Writes_nothing_when_one_shape_differs()
    {
        List<KeyValuePair<string, Tensor>> model = Model(3);
        using StateDict stored = Stored();

        WeightLoadException refusal = Assert.Throws<WeightLoadException>(() => stored.LoadInto(model));

        Assert.Equal(new ShapeMismatch("head.weight", [3, 2], [7, 2]).ToString(), Assert.Single(refusal.Report.ShapeMismatches).ToString());
        Assert.Contains("head.weight: expected [3, 2], found [7, 2]", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0f, Sum(model[0].Value));
        Assert.Equal(9L, model[2].Value.item<long>());
    }

    [Theory]
    [InlineData(float.NaN, ScalarType.Float32)]
    [InlineData(float.NegativeInfinity, ScalarType.Float32)]
    [InlineData(float.NaN, ScalarType.Float16)]
    [InlineData(float.PositiveInfinity, ScalarType.BFloat16)]
    [InlineData(float.NaN, ScalarType.Float64)]
    [InlineData(float.NaN, ScalarType.ComplexFloat32)]
    public void Refuses_weights_that_are_nan_or_infinite_unless_allowed(float value, ScalarType type)
    {
        foreach (long place in new[] { 0, 63, 98 })
        {
            Tensor weight = ones(99).to(type);
            weight[place] = tensor(value).to(type);
            using StateDict stored = StateDict.FromTensors([new("fine", ones(3)), new("body.weight", weight)]);
            List<KeyValuePair<string, Tensor>> model = [new("fine", zeros(3)), new("body.weight", zeros(99, dtype: type))];

            CheckpointException refusal = Assert.Throws<CheckpointException>(() => stored.LoadInto(model));

            Assert.Equal(CheckpointErrorKind.NonFinite, refusal.Kind);
            Assert.Contains("'body.weight'", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("AllowNonFinite", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(1.0, stored.LoadInto(model, new LoadOptions { AllowNonFinite = true }).Coverage);
        }
    }

    [Fact]
    public void Many_bytes_are_read_by_several_threads_to_the_same_weights_and_errors()
    {
        const long Count = 5 << 20; // two of these are more than one thread reads
        Tensor weight = full(Count, 2.0);
        using StateDict stored = StateDict.FromTensors([new("first", full(Count, 1.0)), new("second", weight)]);
        Assert.True(stored.Entries.Sum(entry => entry.View.ByteCount) >= WeightLoading.FewBytes);
        List<KeyValuePair<string, Tensor>> model = [new("first", zeros(Count)), new("second", zeros(Count))];

        _ = stored.LoadInto(model);

        Assert.Equal((Count, 2 * Count), ((long)Sum(model[0].Value), (long)Sum(model[1].Value)));
        weight[7] = tensor(float.NaN);
        CheckpointException refusal = Assert.Throws<CheckpointException>(() => stored.LoadInto(model));
        Assert.Contains("'second'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_finite_numbers_are_no_infinity()
    {
        foreach (ScalarType type in new[] { ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64 })
        {
            Tensor largest = ones(70).to(type).mul(finfo(type).max);
            Assert.True(FiniteElements.AreAll(largest));
            Assert.True(FiniteElements.AreAll(largest.neg()));
        }

        Assert.True(FiniteElements.AreAll(tensor(long.MaxValue)));
    }

    [Fact]
    public void Leaves_an_optional_head_alone()
    {
        List<KeyValuePair<string, Tensor>> model = Model(3);
        using StateDict stored = Stored();

        WeightLoadReport report = stored.LoadInto(model, new LoadOptions { OptionalPrefixes = ["head."] });

        Assert.Equal(9.0 / 15, report.Coverage, 12);
        Assert.Equal(0f, Sum(model[3].Value));
        Assert.Equal(30f, Sum(model[0].Value));
        Assert.Contains("1 of another shape", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_what_is_missing_and_what_is_unexpected()
    {
        List<KeyValuePair<string, Tensor>> model = [.. Model(7), .. Enumerable.Range(0, 8).Select(
            i => KeyValuePair.Create($"more.{i}", zeros(1)))];
        model.RemoveAt(1);
        using StateDict stored = Stored();

        WeightLoadException refusal = Assert.Throws<WeightLoadException>(() => stored.LoadInto(model));
        WeightLoadReport partial = stored.LoadInto(model, new LoadOptions { AllowPartial = true });

        Assert.Equal(8, refusal.Report.Missing.Count);
        Assert.Equal(["body.bias"], refusal.Report.Unexpected);
        Assert.Contains("more.0; more.1; more.2; more.3; more.4 and 3 more", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["body.weight", "head.weight"], partial.Applied);
        Assert.Equal(30f, Sum(model[0].Value));
    }

    [Fact]
    public void Refuses_unexpected_names_when_asked()
    {
        using StateDict stored = Stored();
        Assert.Throws<WeightLoadException>(
            () => stored.LoadInto([new("body.bias", zeros(2))], new LoadOptions { AllowUnexpected = false }));
        Assert.Equal(["body.weight", "head.weight"], stored.LoadInto([new("body.bias", zeros(2))]).Unexpected);
    }

    [Fact]
    public void Refuses_complex_numbers_for_a_real_target_before_it_writes()
    {
        Tensor first = zeros(2);
        using StateDict stored = StateDict.FromTensors([new("a", ones(2)), new("b", ones(2, ScalarType.ComplexFloat32))]);

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => stored.LoadInto([new("a", first), new("b", zeros(2))]));

        Assert.Equal(CheckpointErrorKind.BadDtype, refusal.Kind);
        Assert.Equal(0f, Sum(first));
    }

    [Theory]
    [InlineData("bad/root_is_int.pth")]
    [InlineData("bad/state_dict_is_list.pth")]
    [InlineData("bad/keys_not_strings.pth")]
    public void A_file_without_named_tensors_fits_no_model(string file)
    {
        using StateDict stored = StateDict.Open(ParityFolder.File("checkpoints/" + file));
        Assert.Throws<WeightLoadException>(() => stored.LoadInto(Model(7)));
    }
}
