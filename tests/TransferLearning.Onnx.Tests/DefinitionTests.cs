namespace TransferLearning.Onnx.Tests;

/// <summary>The format's definition, as C# has it.</summary>
public sealed class DefinitionTests
{
    [Fact]
    public void The_definition_has_what_a_file_says_of_itself() => Assert.Equal(8, (long)global::Onnx.Version.IrVersion);
}
