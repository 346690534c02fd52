namespace TransferLearning;

/// <summary>A layer of a student and the one of its teacher that it learns from, by their modules' names: <c>layer3</c>, <c>layer3</c>.
/// Their maps have the same height and width.</summary>
/// <param name="Student">The student's.</param>
/// <param name="Teacher">The teacher's.</param>
public sealed record LayerPair(string Student, string Teacher);
