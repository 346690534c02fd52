using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

public sealed class PositionGridTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Models", "position_grids.json");

    [Fact]
    public void Stretches_as_the_reference()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Golden));
        int cases = 0;
        foreach (JsonElement test in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            using torch.Tensor stored = Tensor(test.GetProperty("stored"));
            using torch.Tensor expected = Tensor(test.GetProperty("resized"));
            using torch.Tensor found = PositionGrid.Resize(stored, test.GetProperty("side").GetInt64());
            Assert.Equal(expected.shape, found.shape);
            using torch.Tensor difference = (expected - found).abs_().max();
            Assert.True(difference.item<float>() <= 1e-5, $"Case {cases}: differs by {difference.item<float>()}.");
            cases++;
        }

        Assert.NotEqual(0, cases);
    }

    [Theory]
    [InlineData(1, 8, 4)] // 7 patches are no square
    [InlineData(2, 10, 4)]
    [InlineData(1, 1, 4)]
    public void Refuses_what_is_no_square_grid(long first, long second, long third)
    {
        using torch.Tensor stored = torch.zeros(first, second, third);
        ArgumentException error = Assert.Throws<ArgumentException>(() => PositionGrid.Resize(stored, 3));
        Assert.Contains($"[{first}, {second}, {third}]", error.Message, StringComparison.Ordinal);
    }

    private static torch.Tensor Tensor(JsonElement tensor)
    {
        float[] values = [.. ParityModel.Numbers(tensor.GetProperty("values")).Select(number => (float)number)];
        return torch.tensor(values, ParityModel.Shape(tensor.GetProperty("shape")));
    }
}
