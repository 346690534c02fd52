namespace TransferLearning.Tests;

public sealed class InferenceWayTests
{
    [Theory]
    [InlineData(Precision.Float32, 1)] // twelve zeros for four images, where a check costs as much as sixteen
    [InlineData(Precision.Int8, 2)] // or as thirty-two
    public void A_smaller_batch_is_filled_up_until_that_has_cost_as_much_as_a_check(Precision precision, int times)
    {
        using InferenceWay way = new(Device.Cpu, precision, fuses: false);
        Assert.Null(way.FilledUp("features", 16));
        way.Trust("features", 16);

        long?[] found = [.. Enumerable.Range(0, times).Select(_ => way.FilledUp("features", 4))];

        Assert.All(found, full => Assert.Equal(16, full));
        Assert.Null(way.FilledUp("features", 4));
        Assert.Null(way.FilledUp("logits", 16));
        Assert.Null(way.FilledUp("features", 17));
        way.Trust("features", 4);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(4, way.FilledUp("features", 4)));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(16, way.FilledUp("features", 16)));
    }
}
