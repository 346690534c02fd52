namespace TransferLearning;

/// <summary>
/// Every family of text networks in this library, named one by one, so that trimming a program away from reflection loses none.
/// </summary>
internal static class TextFamilies
{
    public static IReadOnlyList<ConfigFamily> All { get; } =
        [new Bart(), new Bert(), new DistilBert(), new Gpt2(), new Marian(), new Roberta(), new T5()];
}
