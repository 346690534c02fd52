namespace TransferLearning;

/// <summary>A sample of a data set that looks to the backbone like the one that was asked about.</summary>
/// <param name="Name">What the data set calls it.</param>
/// <param name="Index">Its number in the data set.</param>
/// <param name="ClassName">Its class; empty where the data set has none.</param>
/// <param name="Cosine">The cosine of the angle between the two vectors of features, -1 to 1; 0 where one is zero.</param>
public sealed record NearestExample(string Name, int Index, string ClassName, double Cosine);
