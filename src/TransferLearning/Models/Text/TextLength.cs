namespace TransferLearning;

/// <summary>Refuses texts that are longer than a network has positions for.</summary>
internal static class TextLength
{
    public static void Require(TokenInput inputs, int most)
    {
        if (inputs.Length > most)
        {
            throw new ArgumentException(
                $"The texts are {inputs.Length} tokens long and the network has positions for {most}; truncate them to that.",
                nameof(inputs));
        }
    }
}
